/** Every verb once: its command, its route, what it may do and cost. The command line and the routes are both built from this table. */
import type { CostClass } from '../domain/rate-limit.ts'
import type { RequestKind } from '../domain/rollout/phase.ts'
import type { Argument, Flag, Verb } from './verb.ts'
import { command, get } from './verb.ts'

const service: Argument = { name: 'service', required: true, summary: 'name of the service' }
const environment: Argument = {
  name: 'environment',
  required: false,
  summary: 'name of the environment; where the service has one alone, that one',
}
const release: Argument = { name: 'id', required: true, summary: 'id of the release, <service>-<number>' }
const rollback: Argument = {
  name: 'id',
  required: true,
  summary: 'id of the rollback, rollback/<service>/<environment>/<number>',
}
const environmentFlag: Flag = {
  name: 'environment',
  short: 'e',
  value: 'ENVIRONMENT',
  to: 'path',
  summary: 'environment of the service; where it has one alone, that one',
}
const reason: Flag = { name: 'reason', value: 'TEXT', to: 'body', summary: 'why, recorded with who' }
const note: Flag = { name: 'note', value: 'TEXT', to: 'body', summary: 'a line for those who read it later' }
const waiting: readonly Flag[] = [
  { name: 'wait', value: '[settled]', to: 'local', summary: 'follow to the end; settled: also stop where a person is needed' },
  { name: 'timeout', value: 'DURATION', to: 'local', summary: 'stop waiting after this long; the work goes on' },
]
const follow: Flag = { name: 'follow', short: 'f', to: 'query', summary: 'go on with what comes' }
const page: readonly Flag[] = [
  { name: 'limit', value: 'N', to: 'query', summary: 'at most so many, 50 unless said' },
  { name: 'cursor', value: 'CURSOR', to: 'query', summary: 'where the page before ended' },
]
const narrowing: readonly Flag[] = [
  { name: 'state', value: 'STATE,...', to: 'query', summary: 'only in these states, such as held,paused or rolled-back' },
  { name: 'environment', short: 'e', value: 'ENVIRONMENT', to: 'query', summary: 'only those that go there' },
  { name: 'since', value: 'DURATION|INSTANT', to: 'query', summary: 'begun then or later: 24h is a day ago' },
  { name: 'before', value: 'DURATION|INSTANT', to: 'query', summary: 'begun before' },
]
const releaseFlags: readonly Flag[] = [
  { name: 'version', value: 'VERSION', required: true, to: 'body', summary: 'label of what is released' },
  {
    name: 'artifact',
    value: 'PATH|REF',
    to: 'body',
    summary: 'file, folder or sha256 reference; the working folder where absent',
  },
  { name: 'until', value: 'ENVIRONMENT', to: 'body', summary: 'stop after this environment' },
  { name: 'now', to: 'body', summary: 'end the watch of an older release instead of waiting for it' },
  note,
]

const services: readonly Verb[] = [
  {
    noun: 'service',
    verb: 'apply',
    cli: command(
      'service apply',
      [],
      [
        { name: 'file', short: 'f', value: 'FILE', required: true, to: 'local', summary: 'the declaration, YAML or JSON' },
        { name: 'stop', to: 'query', summary: 'end what runs in environments that it drops' },
        { name: 'dry-run', to: 'query', summary: 'only show what would change' },
      ],
    ),
    method: 'PUT',
    path: '/v1/services/{service}',
    action: 'service:apply',
    cost: 'write',
    summary: 'Declares a service, or changes its declaration',
  },
  get('service', 'list', '/v1/services', 'Lists services', command('service list', [], page)),
  get('service', 'show', '/v1/services/{service}', 'Shows a service and its environments', command('service show', [service])),
  get(
    'service',
    'history',
    '/v1/services/{service}/history',
    'Lists releases and rollbacks of a service together, newest first',
    command('service history', [service], [...narrowing, ...page]),
  ),
  {
    noun: 'service',
    verb: 'remove',
    cli: command('service remove', [service], [{ name: 'stop', to: 'query', summary: 'take back what is still running' }]),
    method: 'DELETE',
    path: '/v1/services/{service}',
    action: 'service:remove',
    cost: 'write',
    summary: 'Removes a service; refused while anything runs',
  },
  get(
    'environment',
    'show',
    '/v1/services/{service}/environments/{environment}',
    'Shows what is stable in an environment, its queue and its traffic',
    command('environment show', [service, environment]),
  ),
  get(
    'logs',
    'read',
    '/v1/services/{service}/environments/{environment}/logs',
    'Shows what the replicas of an environment print',
    command(
      'logs',
      [service],
      [
        environmentFlag,
        { name: 'version', value: 'VERSION', to: 'query', summary: 'only of this version' },
        { name: 'tail', value: 'N', to: 'query', field: 'lines', summary: 'the last so many lines, 200 unless said' },
        { name: 'since', value: 'DURATION|INSTANT', to: 'query', summary: 'only what was printed since: 10m is ten minutes ago' },
        { name: 'timestamps', to: 'local', summary: 'when each line was printed' },
        follow,
      ],
    ),
  ),
]

const starts: readonly Verb[] = [
  {
    noun: 'artifact',
    verb: 'look',
    cli: command('artifact', [{ name: 'path', required: false, summary: 'folder or file; the present folder otherwise' }]),
    method: 'POST',
    path: '/v1/artifacts/look',
    action: 'release:start',
    cost: 'read',
    summary: 'Shows what a release of a folder would hold, and what is left out',
  },
  {
    noun: 'release',
    verb: 'start',
    cli: command('release start', [service], [...releaseFlags, ...waiting]),
    method: 'POST',
    path: '/v1/services/{service}/releases',
    action: 'release:start',
    cost: 'start',
    summary: 'Releases a version, environment by environment',
  },
  {
    noun: 'release',
    verb: 'plan',
    cli: command('plan', [service], releaseFlags),
    method: 'POST',
    path: '/v1/services/{service}/releases',
    fixedQuery: { dryRun: 'true' },
    action: 'release:start',
    cost: 'read',
    summary: 'Shows what a release would do, how long it may take, and the way back',
  },
  {
    noun: 'release',
    verb: 'retry',
    cli: command('release retry', [release], [note, ...waiting]),
    method: 'POST',
    path: '/v1/releases/{id}/retry',
    action: 'release:start',
    cost: 'start',
    summary: 'Releases the same version again, as a new release with its own alpha',
  },
  {
    noun: 'rollback',
    verb: 'start',
    cli: command(
      'rollback',
      [service],
      [
        environmentFlag,
        { name: 'version', value: 'VERSION', to: 'body', summary: 'an earlier good version; the last one where absent' },
        reason,
        ...waiting,
      ],
    ),
    method: 'POST',
    path: '/v1/services/{service}/environments/{environment}/rollbacks',
    action: 'rollback:start',
    cost: 'start',
    summary: 'Brings an earlier good version back; what is in flight goes back first',
  },
]

const reads: readonly Verb[] = [
  get('release', 'list', '/v1/releases', 'Lists releases, newest first', {
    ...command('release list', [{ ...service, required: false }], [...narrowing, ...page]),
  }),
  get('release', 'show', '/v1/releases/{id}', 'Shows a release as it is now', command('release show', [release])),
  get(
    'release',
    'watch',
    '/v1/releases/{id}/events',
    'Follows what happens to a release',
    command('release watch', [release], waiting),
  ),
  get(
    'release',
    'explain',
    '/v1/releases/{id}/explanation',
    'Says why a release is where it is, what it waits for and what each verdict rested on',
    command('release explain', [release]),
  ),
  get('release', 'looks', '/v1/releases/{id}/looks', 'What the analysis saw, look by look, for charts', null),
  get('rollback', 'list', '/v1/rollbacks', 'Lists rollbacks, newest first', {
    ...command('rollback list', [{ ...service, required: false }], [...narrowing, ...page]),
  }),
  get(
    'rollback',
    'show',
    '/v1/rollbacks/{id}',
    'Shows a rollback; in the path its id is one segment, percent-encoded',
    command('rollback show', [rollback]),
  ),
  get(
    'rollback',
    'watch',
    '/v1/rollbacks/{id}/events',
    'Follows what happens to a rollback',
    command('rollback watch', [rollback], waiting),
  ),
  get('rollback', 'looks', '/v1/rollbacks/{id}/looks', 'What the guardrail saw, look by look, for charts', null),
]

const fully: Flag = { name: 'fully', to: 'local', summary: 'skip every step that is left' }
const by: Flag = {
  name: 'by',
  value: 'DURATION',
  to: 'body',
  field: 'by',
  summary: "so much longer; the step's longest bake where absent",
}

const requests: readonly (readonly [kind: RequestKind, summary: string, flags: readonly Flag[]])[] = [
  ['pause', 'Stops advancing; the version stays guarded', []],
  ['resume', 'Goes on after a pause', []],
  ['promote', 'Goes on to the next step, or ends the watch', [fully]],
  ['promote-fully', 'Promotes at once, without the steps that are left', []],
  ['extend', 'Bakes longer before a decision', [by]],
  ['abort', 'Goes back to what was stable', []],
  ['retry-way-back', 'Tries the way back again after it failed', []],
  ['accept-as-is', 'Ends a failed way back where it stands', []],
]

/** The path says which verb; `promote --fully` is the verb `promote-fully`. */
const requestVerbs = (noun: 'release' | 'rollback'): readonly Verb[] =>
  requests.map(([kind, summary, flags]) => ({
    noun,
    verb: kind,
    cli:
      kind === 'promote-fully'
        ? null
        : command(`${noun} ${kind}`, [noun === 'release' ? release : rollback], [...flags, reason, ...waiting]),
    method: 'POST',
    path: `/v1/${noun}s/{id}/${kind}`,
    requestKind: kind,
    action: `${noun}:${kind}`,
    cost: 'write',
    summary,
  }))

const keys: readonly Verb[] = [
  {
    noun: 'key',
    verb: 'create',
    cli: command(
      'key create',
      [],
      [
        {
          name: 'scope',
          value: 'SCOPE,...',
          required: true,
          to: 'body',
          field: 'scopes',
          summary: 'what it allows: release:start, release:*, or * for everything',
        },
        { name: 'expires', value: 'DURATION', to: 'body', summary: 'how long it is good for, 90d unless said' },
        { name: 'owner', value: 'NAME', to: 'body', summary: 'machine it is for, such as a CI; you where absent' },
      ],
    ),
    method: 'POST',
    path: '/v1/keys',
    action: 'key:create',
    cost: 'write',
    summary: 'Mints an API key; it is told once',
  },
  get('key', 'list', '/v1/keys', 'Lists API keys, newest first, without the keys themselves', command('key list', [], page)),
  {
    noun: 'key',
    verb: 'revoke',
    cli: command('key revoke', [{ name: 'id', required: true, summary: "id of the key: what stands after 'holdfast_'" }]),
    method: 'DELETE',
    path: '/v1/keys/{id}',
    action: 'key:revoke',
    cost: 'write',
    summary: "Ends an API key at once, with the console's sessions that it opened",
  },
]

const others: readonly Verb[] = [
  {
    noun: 'console',
    verb: 'link',
    cli: command('console', []),
    method: 'POST',
    path: '/v1/console/links',
    action: 'console:link',
    cost: 'write',
    summary: 'Mints a link that opens the console once, within five minutes',
  },
  {
    noun: 'console',
    verb: 'open',
    cli: null,
    method: 'POST',
    path: '/v1/console/sessions',
    action: 'public',
    cost: 'write',
    summary: "Exchanges the code of a console link for the console's cookie",
  },
  {
    noun: 'payload',
    verb: 'decode',
    cli: null,
    method: 'POST',
    path: '/v1/payloads/decode',
    action: 'payload:decode',
    cost: 'read',
    summary: "Decrypts payloads of workflows: the codec server that Temporal's Web UI asks",
  },
  {
    ...get('health', 'show', '/health', 'Shows whether the API and what it needs are there', command('status', [])),
    action: 'public',
    cost: 'free',
  },
]

export const verbs: readonly Verb[] = [
  ...services,
  ...starts,
  ...reads,
  ...requestVerbs('release'),
  ...requestVerbs('rollback'),
  ...keys,
  ...others,
]

/** What a request of this row costs: its query may make it another verb of the same route, such as a plan. Known before a body is read. */
export const costOf = ({ method, path, cost }: Verb, query: Readonly<Record<string, unknown>>): CostClass =>
  verbs.find(
    (row) =>
      row.method === method &&
      row.path === path &&
      row.fixedQuery !== undefined &&
      Object.entries(row.fixedQuery).every(([name, value]) => query[name] === value),
  )?.cost ?? cost

/** The row of a verb. @throws TypeError for one that is not in the table: a bug */
export function verbOf(noun: string, verb: string): Verb {
  const found = verbs.find((row) => row.noun === noun && row.verb === verb)
  if (!found) throw new TypeError(`there is no verb '${noun} ${verb}'`)
  return found
}
