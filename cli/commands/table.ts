/** Every command once: the verbs of the API, each with the function that shows its answer, and the commands of this machine alone. */
import type { Flag, Verb } from '../../schema/verb.ts'
import { verbs } from '../../schema/verbs.ts'
import type { CliCommand } from '../command.ts'
import type { Run } from '../context.ts'
import { printCompletion } from './completion.ts'
import { mintLink } from './console.ts'
import { demoBad, demoBreak, demoCrash, demoGood, demoMend } from './demo.ts'
import { explainRelease } from './explain.ts'
import { initService } from './init.ts'
import { createKey, listKeys, revokeKey } from './keys.ts'
import { login } from './login.ts'
import { showLogs } from './logs.ts'
import { showArtifact } from './artifacts.ts'
import { showPlan } from './plans.ts'
import { ask, listSubjects, retryRelease, showRelease, startRelease, startRollback, watchRelease } from './releases.ts'
import { printSchema } from './schema.ts'
import { applyService, listServices, removeService, showEnvironment, showService } from './service.ts'
import { showStatus } from './status.ts'
import { sendTraffic } from './traffic.ts'

const runs: Readonly<Record<string, (verb: Verb) => Run>> = {
  'service apply': applyService,
  'service list': listServices,
  'service show': showService,
  'service remove': removeService,
  'environment show': showEnvironment,
  'logs read': showLogs,
  'artifact inspect': showArtifact,
  'release start': startRelease,
  'release plan': showPlan,
  'release retry': retryRelease,
  'release list': listSubjects,
  'rollback list': listSubjects,
  'service history': listSubjects,
  'release show': showRelease,
  'release watch': watchRelease,
  'rollback show': showRelease,
  'rollback watch': watchRelease,
  'release explain': explainRelease,
  'rollback start': startRollback,
  'key create': createKey,
  'key list': listKeys,
  'key revoke': revokeKey,
  'console link': mintLink,
  'health show': showStatus,
}

const json: Flag = { name: 'json', to: 'local', summary: "print the API's JSON unchanged" }
const noWait: Flag = { name: 'no-wait', to: 'local', summary: 'do not wait, not even with CI set' }

const fromVerb = (verb: Verb): readonly CliCommand[] => {
  if (!verb.cli) return []
  const run = runs[`${verb.noun} ${verb.verb}`] ?? (verb.requestKind && ((row: Verb) => ask(row, verb.requestKind ?? 'abort')))
  if (!run) throw new TypeError(`nothing shows the answer of '${verb.noun} ${verb.verb}'`)
  const waits = verb.cli.flags.some(({ name }) => name === 'wait') && verb.verb !== 'watch'
  return [{ ...verb.cli, flags: [...verb.cli.flags, ...(waits ? [noWait] : []), json], summary: verb.summary, run: run(verb) }]
}

const waiting: readonly Flag[] = [
  { name: 'wait', value: '[settled]', to: 'local', summary: 'follow to the end; the default on a terminal' },
  { name: 'timeout', value: 'DURATION', to: 'local', summary: 'stop waiting after this time; the work continues' },
  noWait,
]

const demo = (word: string, summary: string, run: Run, flags: readonly Flag[]): CliCommand => ({
  command: ['demo', word],
  args: [],
  flags,
  summary,
  run,
})

const local: readonly CliCommand[] = [
  demo('good', 'Releases a good version of the demo', demoGood, [...waiting, json]),
  demo('bad', 'Releases a version that fails 5 % of its requests', demoBad, [...waiting, json]),
  demo('crash', 'Releases a version that keeps crashing; it is reverted within seconds', demoCrash, [...waiting, json]),
  demo('break', 'Makes the canary in flight fail, and shows how fast Holdfast catches it', demoBreak, waiting.slice(1, 2)),
  demo('mend', 'Ends every fault that demo break switched on', demoMend, []),
  {
    command: ['init'],
    args: [],
    flags: [
      { name: 'rps', value: 'N', to: 'local', summary: 'requests a second that the service gets; sets the length of the bakes' },
      { name: 'name', value: 'NAME', to: 'local', summary: 'name of the service; default: the name of the folder' },
      { name: 'force', to: 'local', summary: 'overwrite an existing holdfast.yaml' },
    ],
    summary: 'Writes a holdfast.yaml for the service in this folder',
    run: initService,
  },
  {
    command: ['traffic'],
    args: [{ name: 'service', required: true, summary: 'name of the service' }],
    flags: [
      {
        name: 'environment',
        short: 'e',
        value: 'ENVIRONMENT',
        to: 'local',
        summary: 'environment of the service; may be left out when it has only one',
      },
      { name: 'rps', value: 'N', required: true, to: 'local', summary: 'requests a second, at most 2000' },
      { name: 'for', value: 'DURATION', to: 'local', summary: 'how long; default: until Ctrl-C' },
      { name: 'path', value: 'PATH', to: 'local', summary: 'path to request, / by default' },
    ],
    summary: 'Sends requests to a service on this machine that has no traffic',
    run: sendTraffic,
  },
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
