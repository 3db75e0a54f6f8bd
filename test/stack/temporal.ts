/** One Temporal dev server per test run, started on first use. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunningTemporal } from '../../ops/components/start-temporal.ts'
import { startTemporal } from '../../ops/components/start-temporal.ts'
import { temporal } from '../../ops/components/temporal.ts'
import { atEnd } from './at-end.ts'

let running: Promise<RunningTemporal> | undefined

/** Address and Web UI of the run's server; its namespace is `default`. */
export function testTemporal(): Promise<Pick<RunningTemporal, 'address' | 'uiUrl'>> {
  running ??= start()
  return running
}

async function start(): Promise<RunningTemporal> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-temporal-'))
  const { path } = await temporal.find(process.env, console.log)
  const server = await startTemporal({ path, folder })
  atEnd(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  return server
}
