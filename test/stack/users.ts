/**
 * Users of a service. They end with the test that started them, at whatever point it ends, because their requests keep the process alive.
 */
import type { LoadReport, OpenLoopOptions } from '../../cli/traffic/load.ts'
import { openLoop } from '../../cli/traffic/load.ts'

export interface Users extends AsyncDisposable {
  /** Ends them and resolves with what they saw, always with the same report. */
  report(): Promise<LoadReport>
}

/** Starts `rps` requests a second to `url`, until `report` or the end of the scope. */
export function letUsersIn(url: string, rps: number, options: Partial<OpenLoopOptions> = {}): Users {
  const ending = new AbortController()
  const load = openLoop({
    forMs: 900_000,
    versionHeader: 'x-version',
    timeoutMs: 5_000,
    ...options,
    url,
    rps,
    signal: ending.signal,
  })
  const report = () => {
    ending.abort()
    return load
  }
  return {
    report,
    async [Symbol.asyncDispose]() {
      await report()
    },
  }
}
