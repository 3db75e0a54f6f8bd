/** A full disk under a process's log: the process counts the lost lines, continues to answer, and names the disk. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { freePort } from '../../adapters/free-port.ts'
import { startChild } from '../../ops/components/process.ts'
import { untilReady } from '../../ops/up/ready.ts'
import { leaveOut } from '../left-out.ts'
import { startApi } from '../stack/api.ts'
import { mountSmallDisk } from '../stack/small-disk.ts'
import { testTemporal } from '../stack/temporal.ts'
import { until } from '../stack/until.ts'

describe('a full disk under the logs', function () {
  this.timeout(90_000)

  it('costs the API log lines and nothing else, and /readyz names the disk', async function () {
    using disk = mountSmallDisk()
    if (!disk) return leaveOut(this, 'no filesystem can be mounted here')
    const file = join(disk.folder, 'api.log')
    await using api = await startApi({ HOLDFAST_DATA_FOLDER: '/' }, file)
    expect((await api.ask('GET', '/readyz')).json).to.deep.equal({ status: 'ok', disk: null, state: null })
    disk.fill()
    // Each request logs a line of at least 200 bytes, so the buffer fills too.
    const asked = Array.from({ length: 40 }, async () => {
      for (let i = 0; i < 150; i += 1) expect((await api.ask('GET', `/v1/services/${'s'.repeat(60)}`)).status).to.equal(404)
    })
    await Promise.all(asked)
    const ready = await api.ask('GET', '/readyz')
    expect([ready.status, ready.member('status')]).to.deep.equal([200, 'degraded'])
    expect(ready.member('disk')).to.match(/api\.log cannot be written: ENOSPC \(\d+ lines lost\)/)
    expect(ready.member('disk')).to.include(file)
    expect((await api.ask('GET', '/livez')).status).to.equal(200)
    expect((await api.ask('GET', '/health')).json).to.include({ status: 'degraded' })
    disk.free()
    // The log continues and says how many lines were lost.
    await until('the loss in the log', async () => {
      await api.ask('GET', '/v1/services/after')
      return /"lines":\d+,"msg":"lines could not be written"/.test(readFileSync(file, 'utf8'))
    })
    await until('ready again', async () => (await api.ask('GET', '/readyz')).member('status') === 'ok')
    expect(readFileSync(file, 'utf8').trimEnd().split('\n').every(isJson), 'whole lines').to.equal(true)
  })

  it('does not end a worker, however much it logs', async function () {
    using disk = mountSmallDisk('64k')
    if (!disk) return leaveOut(this, 'no filesystem can be mounted here')
    const { address } = await testTemporal()
    const port = await freePort()
    const logFile = join(disk.folder, 'act.log')
    const env = {
      PATH: process.env['PATH'],
      // No database: the sweeper logs a failure ten times a second.
      DATABASE_URL: `postgres://nobody:x@127.0.0.1:${await freePort()}/none`,
      TEMPORAL_ADDRESS: address,
      HOLDFAST_METRICS_PORT: String(port),
      HOLDFAST_SWEEP_EVERY: '100ms',
    }
    const args = [join(import.meta.dirname, '../../workers/act.ts')]
    const act = startChild({ command: process.execPath, args, env, logFile })
    try {
      await untilReady([`http://127.0.0.1:${port}/readyz`], disk.folder)
      disk.fill()
      await until('lost lines on its metrics', async () => (await lostLines(port)) > 0, 60_000)
      expect([act.hasExited(), (await fetch(`http://127.0.0.1:${port}/livez`)).status]).to.deep.equal([false, 200])
    } finally {
      await act.stop()
    }
  })
})

async function lostLines(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return Number(/^holdfast_log_lines_dropped_total(?:\{[^}]*\})? (\d+)$/m.exec(text)?.[1] ?? 0)
}

function isJson(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object'
  } catch {
    return false
  }
}
