/** Runs `npm test`: the checks, then the suites one after the other, with one sum at the end. */
import type { MochaRun } from './run-mocha.ts'

/** A named part of the run. `limitMs` is its share of the hour. */
export interface Part {
  readonly name: string
  readonly limitMs: number
  run(limitMs: number): Promise<MochaRun>
}

export interface RunOptions {
  readonly print: (line: string) => void
  /** In CI, a test that is left out counts as failed. */
  readonly leavingOutFails: boolean
}

/**
 * Runs `parts` in order, prints the time and the failures of each, and `N passed, N failed` as the last line. Resolves with the number of
 * failures.
 */
export async function runSuites(parts: readonly Part[], { print, leavingOutFails }: RunOptions): Promise<number> {
  const sum = { passed: 0, failed: 0 }
  const summary: string[] = []
  for (const { name, limitMs, run } of parts) {
    print(`== ${name}`)
    const startedAt = performance.now()
    const { passed, failed, leftOut, failures, trouble } = await attempt(run, limitMs)
    const took = `${duration(performance.now() - startedAt)} of ${duration(limitMs)}`
    sum.passed += passed
    sum.failed += failed + (leavingOutFails ? leftOut.length : 0)
    summary.push(`${name.padEnd(10)} ${passed} passed, ${failed} failed, ${leftOut.length} left out in ${took}`)
    for (const reason of trouble) summary.push(`${name.padEnd(10)} FAILED: ${reason}`)
    for (const { title, reason } of failures) summary.push(`${name.padEnd(10)} FAILED: ${title}: ${reason}`)
    for (const { title, reason } of leftOut)
      summary.push(`${name.padEnd(10)} left out${leavingOutFails ? ' (a failure here)' : ''}: ${title}: ${reason}`)
  }
  print('== summary')
  for (const line of summary) print(line)
  print(`${sum.passed} passed, ${sum.failed} failed`)
  return sum.failed
}

async function attempt(run: Part['run'], limitMs: number): Promise<MochaRun> {
  try {
    return await run(limitMs)
  } catch (error) {
    return { passed: 0, failed: 1, leftOut: [], failures: [], trouble: [error instanceof Error ? error.message : String(error)] }
  }
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
