import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { localTarget } from '../../adapters/target/local.ts'
import { fencingToken, outcomeOf, ref } from '../adapters/stand.ts'
import { leaveOut } from '../left-out.ts'
import type { TestRuntime } from '../stack/runtime.ts'
import { startRuntime } from '../stack/runtime.ts'
import { mountSmallDisk } from '../stack/small-disk.ts'
import { until } from '../stack/until.ts'

const router = { timeoutMs: 1_000, sticky: 'none', edgesMs: [100] }
/** A service that answers with its pid, and ends on request. */
const program = `require('node:http').createServer((request, response) => {
  response.end(String(process.pid))
  if (request.url === '/die') setImmediate(() => process.exit(1))
}).listen(process.env.PORT, process.env.HOST)`

async function serving({ client }: TestRuntime): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'hf-service-'))
  writeFileSync(join(folder, 'service.cjs'), program)
  const { digest } = await client.importArtifact(folder)
  rmSync(folder, { recursive: true })
  const pace = { grace: '1s', drain: '1s', restart: { min: '50ms', max: '100ms' }, health: { every: '100ms' } }
  const config = localTarget.config.parse({ command: [process.execPath, 'service.cjs'], ...pace })
  const { url } = await client.open(ref, router, fencingToken(1, 1))
  await client.run(ref, { revision: 'r-1', version: '1', artifact: digest, config }, 1, fencingToken(1, 1))
  await until('ready', async () => (await client.status(ref))[0]?.readyReplicas === 1)
  await client.setWeights(ref, { 'r-1': 100 }, fencingToken(1, 2), [])
  return url
}

/** The pid; undefined without an answer. */
const pidOf = (url: string): Promise<string | undefined> =>
  fetch(url).then(
    (answer) => (answer.ok ? answer.text() : undefined),
    () => undefined,
  )

describe('a full disk under the runtime', function () {
  this.timeout(60_000)

  it('prevents no restart of a crashed replica, refuses changes that cannot be stored, and leaves no gap afterwards', async function () {
    using disk = mountSmallDisk('8m')
    if (!disk) return leaveOut(this, 'no filesystem can be mounted here')
    await using runtime = await startRuntime(join(disk.folder, 'home'))
    const { client } = runtime
    const url = await serving(runtime)

    disk.fill()
    expect(await outcomeOf(client.setWeights(ref, {}, fencingToken(1, 3), []))).to.equal('target-unavailable')
    for (let crash = 1; crash <= 3; crash += 1) {
      const before = await until('an answer', () => pidOf(url))
      await pidOf(`${url}/die`)
      await until('another process', async () => {
        const now = await pidOf(url)
        return now !== undefined && now !== before
      })
    }

    disk.free()
    const rows = async (kind: string) => (await client.effects(ref)).filter((row) => row.kind === kind).length
    await until('every start and end in the log', async () => (await rows('started')) === 4 && (await rows('ended')) === 3)
    expect(await client.setWeights(ref, {}, fencingToken(1, 4), [])).to.include({ generation: 2 })
  })
})
