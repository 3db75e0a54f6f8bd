/** `npm test [-- SUITE...]`: the checks and every suite, or the named ones. Exit code 0 when nothing failed. */
import { join } from 'node:path'
import { readConfig } from '../adapters/config.ts'
import { runApart } from './tests/run-apart.ts'
import { runLanes } from './tests/run-lanes.ts'
import type { Part } from './tests/run-suites.ts'
import { runSuites } from './tests/run-suites.ts'
import type { Suite } from './tests/suites.ts'
import { lanesOf, suites } from './tests/suites.ts'

const root = join(import.meta.dirname, '..')
const print = (line: string): void => void process.stdout.write(`${line}\n`)
const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interruption.abort())

const minutes = 60_000
/** A part that is no suite, in a process of its own. */
const apart = (name: string, what: string, limitMs: number): Part => ({
  name,
  limitMs,
  run: () => runApart([join(root, 'tools/test-part.ts'), what], { limitMs, signal: interruption.signal }),
})

const checkPart = apart('check', 'check', 5 * minutes)
/** Finds components before the first test, because a download or a build takes longer than a test may. */
const componentsPart = apart('components', 'components', 10 * minutes)
/** One after the other and before the suite, not beside another one: a build on all cores would disturb the tests that measure time. */
const needsOf = ({ name, needs = [] }: Suite): readonly Part[] =>
  needs.length === 0 ? [] : [apart(`${name}: parts`, name, 25 * minutes)]
const suiteParts: readonly Part[] = suites.map((suite) => ({
  name: suite.name,
  limitMs: suite.shareMs,
  run: async (limitMs: number) => runLanes(await lanesOf(root, suite), { root, limitMs, signal: interruption.signal, print }),
}))
const parts: readonly Part[] = [checkPart, ...suiteParts]

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !parts.some((part) => part.name === name))
if (unknown.length > 0) {
  print(`there is no suite ${unknown.join(', ')}: the suites are ${parts.map(({ name }) => name).join(', ')}`)
  print('0 passed, 1 failed')
  process.exitCode = 2
} else {
  const chosen = asked.length > 0 ? parts.filter(({ name }) => asked.includes(name)) : parts
  const prepared = chosen.flatMap((part) => [...suites.filter(({ name }) => name === part.name).flatMap(needsOf), part])
  const needed = chosen.some((part) => suiteParts.includes(part)) ? [componentsPart, ...prepared] : prepared
  const failed = await runSuites(needed, { print, leavingOutFails: readConfig(process.env, ['ci']).ci })
  process.exitCode = interruption.signal.aborted ? 130 : Math.min(failed, 1)
}
