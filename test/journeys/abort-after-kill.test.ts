import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { freePort } from '../../adapters/free-port.ts'
import { baking, outcomeOf, weightsOf } from '../stack/demo-releases.ts'
import { npmStart } from '../stack/npm-start.ts'
import { createRunFolder } from '../stack/run-folder.ts'
import { until } from '../stack/until.ts'

describe('npm start, one of whose control workers is killed', function () {
  this.timeout(400_000)

  it('still brings an aborted canary to weight 0 within three seconds, whichever worker it was', async () => {
    const folder = await createRunFolder('abort')
    await using stack = npmStart(folder, await freePort())
    await stack.seen(/demo 1\.1\.0/, 120_000)
    for (const [worker, version] of [
      ['control', '1.1.0'],
      ['control-2', '1.2.0'],
    ] as const) {
      const { id } = await baking(stack, version)
      const { pid } = JSON.parse(readFileSync(join(folder, 'home', `${worker}.pid`), 'utf8')) as { pid: number }
      const client = stack.client()
      process.kill(pid, 'SIGKILL')
      const killedAtMs = Date.now()
      await client.call({ method: 'POST', path: `/v1/releases/${id}/abort`, body: { reason: 'in time' } })
      await until(`nobody at ${version}`, async () => !(await weightsOf(stack))[version])
      const tookMs = Date.now() - killedAtMs
      console.log(`        ${worker} killed, ${version} aborted: no traffic after ${tookMs} ms`)
      expect(tookMs).to.be.below(3_000)
      expect(await outcomeOf(stack, version)).to.equal('aborted')
    }
  })
})
