/** One Temporal dev server per test run, started on first use. */
import type { RunningTemporal } from '../../ops/components/start-temporal.ts'
import { startTemporal } from '../../ops/components/start-temporal.ts'
import { temporal } from '../../ops/components/temporal.ts'
import { atEnd } from './at-end.ts'
import { createRunFolder } from './run-folder.ts'

let running: Promise<RunningTemporal> | undefined

/** Resolves with the address and the Web UI of the run's server, whose namespace is `default`. */
export function testTemporal(): Promise<Pick<RunningTemporal, 'address' | 'uiUrl'>> {
  running ??= start()
  return running
}

async function start(): Promise<RunningTemporal> {
  const folder = await createRunFolder('temporal')
  const { path } = await temporal.find(process.env, console.log)
  const server = await startTemporal({ path, folder })
  atEnd(() => server.stop())
  return server
}
