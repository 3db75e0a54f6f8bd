/** Mocha's spec reporter that counts what mocha hides, and ends with exactly `N passed, N failed`. */
import { writeFileSync } from 'node:fs'
import Mocha from 'mocha'
import type { Test } from 'mocha'
import { reasonOf } from './left-out.ts'

/** What a run of mocha came to; written as JSON to the reporter option `result`. */
export interface MochaResult {
  readonly passed: number
  /** Failed tests and hooks, and the tests that a failed hook kept from running. */
  readonly failed: number
  readonly leftOut: readonly { readonly title: string; readonly reason: string }[]
  /** What failed, to be said again at the end of a long run, where the list of it has scrolled away. */
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
    // A process that breaks off says nothing more: what it was at stands in a file.
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

// Mocha loads a reporter by require; this is the name under which a module of ours answers that with a class.
export { Reporter as 'module.exports' }
