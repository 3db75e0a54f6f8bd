/** The process of one part of `npm test` that is no suite: `test-part.ts check`, `test-part.ts components` or `test-part.ts SUITE`, for what it needs. */
import { join } from 'node:path'
import { components } from '../ops/components/index.ts'
import { checks } from './checks/checks.ts'
import { runChecks } from './checks/run-checks.ts'
import { findComponents } from './tests/find-components.ts'
import type { Sent } from './tests/run-apart.ts'
import { tellResult } from './tests/run-apart.ts'
import { suites } from './tests/suites.ts'

const root = join(import.meta.dirname, '..')
const print = (line: string): void => void process.stdout.write(`${line}\n`)
// Its starter was killed, so nobody waits for the result.
process.once('disconnect', () => process.exit(1))

const [what] = process.argv.slice(2)
const wanted = what === 'components' ? components : (suites.find(({ name }) => name === what)?.needs ?? [])
tellResult(what === 'check' ? await check() : await findComponents(wanted, process.env, print))

async function check(): Promise<Sent> {
  const failed = await runChecks(root, checks, print)
  return { passed: checks.length - failed, failed, trouble: [] }
}
