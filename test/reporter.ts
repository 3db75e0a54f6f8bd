/** Mocha's spec reporter. It also counts what mocha hides, and ends with exactly `N passed, N failed`. */
import { writeFileSync } from 'node:fs'
import Mocha from 'mocha'
import type { Test } from 'mocha'
import { reasonOf } from './left-out.ts'

/** The result of a run, written as JSON to the file of the reporter option `result`. */
export interface MochaResult {
  readonly passed: number
  /** Failed tests and hooks, and the tests that did not run because of a failed hook. */
  readonly failed: number
  readonly leftOut: readonly { readonly title: string; readonly reason: string }[]
  /** The failures, which a long run repeats at its end. */
  readonly failures: readonly { readonly title: string; readonly reason: string }[]
}

/** Characters of one failure's message. */
const longestReason = 600

class Reporter extends Mocha.reporters.Spec {
  readonly #pending: Test[] = []
  readonly #result: string | undefined

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options)
    this.#result = (options.reporterOptions as { result?: string } | undefined)?.result
    runner.on('pending', (test) => this.#pending.push(test))
    // Writes the current test to a file, because a process that breaks off cannot report it.
    const note = (runnable: Mocha.Runnable): void => {
      if (this.#result) writeFileSync(`${this.#result}.running`, runnable.fullTitle())
    }
    runner.on('test', note)
    runner.on('hook', note)
  }

  /** Called by mocha once, at the end of the run. */
  override epilogue(): void {
    const passed = this.stats.passes
    const failedTests = this.failures.filter(({ type }) => type === 'test').length
    const hidden = Math.max(0, this.runner.total - passed - failedTests - this.#pending.length)
    const failed = this.runner.total === 0 ? 1 : this.stats.failures + hidden
    const leftOut = this.#pending.map((test) => ({ title: test.fullTitle(), reason: reasonOf(test) }))
    const failures = this.failures.map((test) => ({
      title: test.fullTitle(),
      reason: (test.err?.message ?? 'no message').slice(0, longestReason),
    }))
    if (this.failures.length > 0) Mocha.reporters.Base.list(this.failures)
    if (hidden > 0) process.stdout.write(`  ${hidden} tests did not run because of a failed hook or an aborted run\n`)
    if (this.runner.total === 0) process.stdout.write('  there was no test to run\n')
    for (const { title, reason } of leftOut) process.stdout.write(`  left out: ${title} (${reason})\n`)
    if (this.#result) writeFileSync(this.#result, JSON.stringify({ passed, failed, leftOut, failures } satisfies MochaResult))
    process.stdout.write(`${passed} passed, ${failed} failed\n`)
  }
}

// Mocha loads a reporter by `require`. An ES module answers it with the export of this name.
export { Reporter as 'module.exports' }
