/** Every command once: the verbs of the API with what shows their answers, and what happens on this machine only. */
import type { Flag, Verb } from '../../../schema/verbs.ts'
import { verbs } from '../../../schema/verbs.ts'
import type { CliCommand } from '../command.ts'
import type { Run } from '../context.ts'
import { printCompletion } from './completion.ts'
import { mintLink } from './console.ts'
import { login } from './login.ts'
import { showLogs } from './logs.ts'
import { explainRelease, showPlan } from './plans.ts'
import { ask, listReleases, retryRelease, showRelease, startRelease, startRollback, watchRelease } from './releases.ts'
import { printSchema } from './schema.ts'
import { applyService, listServices, removeService, showEnvironment, showService } from './services.ts'
import { showStatus } from './status.ts'

const runs: Readonly<Record<string, (verb: Verb) => Run>> = {
  'service apply': applyService,
  'service list': listServices,
  'service show': showService,
  'service remove': removeService,
  'environment show': showEnvironment,
  'logs read': showLogs,
  'release start': startRelease,
  'release plan': showPlan,
  'release retry': retryRelease,
  'release list': listReleases,
  'release show': showRelease,
  'release watch': watchRelease,
  'release explain': explainRelease,
  'rollback start': startRollback,
  'console link': mintLink,
  'health show': showStatus,
}

const json: Flag = { name: 'json', to: 'local', summary: "print exactly the API's JSON" }
const noWait: Flag = { name: 'no-wait', to: 'local', summary: 'do not wait, not even with CI set' }

const fromVerb = (verb: Verb): readonly CliCommand[] => {
  if (!verb.cli) return []
  const run = runs[`${verb.noun} ${verb.verb}`] ?? (verb.requestKind && ((row: Verb) => ask(row, verb.requestKind ?? 'abort')))
  if (!run) throw new TypeError(`nothing shows the answer of '${verb.noun} ${verb.verb}'`)
  const waits = verb.cli.flags.some(({ name }) => name === 'wait') && verb.verb !== 'watch'
  return [{ ...verb.cli, flags: [...verb.cli.flags, ...(waits ? [noWait] : []), json], summary: verb.summary, run: run(verb) }]
}

const local: readonly CliCommand[] = [
  { command: ['login'], args: [], flags: [], summary: "Stores a key for the API's address, read from stdin", run: login },
  { command: ['schema'], args: [], flags: [], summary: "Prints the declaration's JSON Schema", run: printSchema },
  {
    command: ['completion'],
    args: [{ name: 'shell', required: true, summary: 'bash, zsh or fish', choices: ['bash', 'zsh', 'fish'] }],
    flags: [],
    summary: 'Prints a completion script for a shell',
    run: printCompletion(() => commands),
  },
]

export const commands: readonly CliCommand[] = [...verbs.flatMap(fromVerb), ...local]
