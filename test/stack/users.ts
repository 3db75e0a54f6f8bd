/** Users of a service, who go home when the test that let them in ends, wherever it ends: what they keep asking holds a process open. */
import type { LoadReport, OpenLoopOptions } from '../../cli/traffic/load.ts'
import { openLoop } from '../../cli/traffic/load.ts'

export interface Users extends AsyncDisposable {
  /** Ends them and answers what they saw; the same each time it is asked. */
  report(): Promise<LoadReport>
}

/** Lets `rps` users a second in at `url`. They stay until asked for their report, or until the end of their scope. */
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
