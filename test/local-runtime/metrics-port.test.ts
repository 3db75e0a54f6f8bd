import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createRuntimeClient } from '../../adapters/local-runtime/client.ts'
import { freePort } from '../../adapters/free-port.ts'
import { startChild } from '../../ops/components/process.ts'
import { until } from '../stack/until.ts'

const main = join(import.meta.dirname, '../../local-runtime/main.ts')

describe('the port of the counters', function () {
  this.timeout(30_000)

  it('is the configured one, and a taken one ends the start with a remedy', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hf-rt-'))
    await using resources = new AsyncDisposableStack()
    resources.defer(() => rmSync(folder, { recursive: true, force: true }))
    const port = await freePort()
    const start = (name: string) => {
      const child = startChild({
        command: process.execPath,
        args: [main, '--home', join(folder, name), '--socket', join(folder, `${name}.s`), '--metrics-port', String(port)],
        env: { PATH: process.env['PATH'] },
        logFile: join(folder, `${name}.log`),
      })
      resources.defer(() => child.stop(10_000))
      return child
    }
    start('one')
    const client = createRuntimeClient(join(folder, 'one.s'))
    resources.defer(() => client.close())
    const { metricsUrl } = await until('the runtime', () => client.info().catch(() => null))
    expect(metricsUrl).to.equal(`http://127.0.0.1:${port}/metrics`)
    expect((await fetch(metricsUrl)).status).to.equal(200)
    expect(await start('two').exited).to.equal('exit code 1')
    expect(readFileSync(join(folder, 'two.log'), 'utf8')).to.match(/"code":"port-taken".*"hint":/)
  })
})
