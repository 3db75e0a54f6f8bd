/** `npm run check`: takes seconds and starts nothing. Exit code 0 when every check is ok. */
import { join } from 'node:path'
import { checks } from './checks.ts'
import { runChecks } from './run-checks.ts'

const failed = await runChecks(join(import.meta.dirname, '../..'), checks, (line) => process.stdout.write(`${line}\n`))
process.stdout.write(`${checks.length - failed} passed, ${failed} failed\n`)
process.exitCode = failed > 0 ? 1 : 0
