/**
 * Runs the tests of mutants for Stryker: it loads them once with mocha and switches the mutants, so that one costs the tests that reach it and no
 * process. Stryker's own plugin for mocha (10.0.0) does not load with mocha 12.
 */
import type { InstrumenterContext } from '@stryker-mutator/api/core'
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin'
import type {
  CompleteDryRunResult,
  DryRunOptions,
  DryRunResult,
  MutantRunOptions,
  MutantRunResult,
  TestResult,
  TestRunner,
} from '@stryker-mutator/api/test-runner'
import { DryRunStatus, determineHitLimitReached, TestStatus, toMutantRunResult } from '@stryker-mutator/api/test-runner'
import { basename } from 'node:path'
import Mocha from 'mocha'

/** Where the changed code reads which mutant is on, and writes what was reached. */
const context = globalThis as unknown as { __stryker__?: InstrumenterContext }

class MochaOfMutants implements TestRunner {
  static readonly inject = tokens(commonTokens.options)
  readonly #mutants: InstrumenterContext
  readonly #mocha = new Mocha({ timeout: 0, reporter: 'min' })
  #loaded = false
  #own = ''

  constructor(options: Readonly<Record<string, unknown>>) {
    this.#mutants = context.__stryker__ ??= {}
    this.#mocha.cleanReferencesAfterRun(false)
    for (const file of options['mutantTests'] as readonly string[]) this.#mocha.addFile(file)
    const mutants = this.#mutants
    this.#mocha.suite.beforeEach(function () {
      const title = this.currentTest?.fullTitle()
      if (title !== undefined) mutants.currentTestId = title
    })
  }

  /** Node loads a module once: a mutant of code that runs while files load needs a process of its own. */
  capabilities() {
    return { reloadEnvironment: false }
  }

  async dryRun({ disableBail }: DryRunOptions): Promise<DryRunResult> {
    const result = await this.#run(disableBail)
    const { mutantCoverage } = this.#mutants
    return mutantCoverage ? { ...result, mutantCoverage } : result
  }

  async mutantRun({
    activeMutant,
    testFilter,
    disableBail,
    hitLimit,
    mutantActivation,
  }: MutantRunOptions): Promise<MutantRunResult> {
    Object.assign(this.#mutants, { hitLimit, hitCount: hitLimit === undefined ? undefined : 0 })
    this.#mocha.grep(testFilter ? new RegExp(testFilter.map((title) => `^${literally(title)}$`).join('|')) : /(?:)/)
    this.#own = activeMutant.fileName
    const result = await this.#run(disableBail, activeMutant.id, mutantActivation === 'static')
    return toMutantRunResult(determineHitLimitReached(this.#mutants.hitCount, hitLimit) ?? result)
  }

  async #run(disableBail: boolean, mutant?: string, whileLoading = false): Promise<CompleteDryRunResult> {
    if (!this.#loaded) {
      this.#activate(whileLoading ? mutant : undefined)
      await this.#mocha.loadFilesAsync()
      this.#loaded = true
    }
    this.#activate(mutant)
    bail(this.#mocha.suite, !disableBail)
    this.#mocha.suite.suites = [...this.#mocha.suite.suites].sort((x, y) => Number(this.#isOwn(y)) - Number(this.#isOwn(x)))
    const tests: TestResult[] = []
    await new Promise<void>((ended) => {
      const runner = this.#mocha.run(() => ended())
      runner.on('pass', (test) => tests.push({ ...named(test), status: TestStatus.Success }))
      runner.on('fail', (test, error) => tests.push({ ...named(test), status: TestStatus.Failed, failureMessage: String(error) }))
    })
    return { status: DryRunStatus.Complete, tests }
  }

  /** Is it the test that bears the name of the changed file? It is asked first, because it tells soonest. */
  #isOwn({ file = '' }: Mocha.Suite): boolean {
    return basename(file, '.test.ts') === basename(this.#own, '.ts')
  }

  #activate(mutant: string | undefined): void {
    if (mutant === undefined) delete this.#mutants.activeMutant
    else this.#mutants.activeMutant = mutant
  }
}

const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

const named = (test: Mocha.Test) => ({ id: test.fullTitle(), name: test.fullTitle(), timeSpentMs: test.duration ?? 0 })

function bail(suite: Mocha.Suite, on: boolean): void {
  suite.bail(on)
  for (const inner of suite.suites) bail(inner, on)
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'mocha-of-mutants', MochaOfMutants)]
