/** Every verb once: its command, route, permission and cost. The command line and the routes are both built from this table. */
import type { CostClass } from '../domain/rate-limit.ts'
import type { RequestKind } from '../domain/rollout/phase.ts'
import type { Argument, Flag, Verb } from './verb.ts'
import { command, get } from './verb.ts'

const service: Argument = { name: 'service', required: true, summary: 'name of the service' }
const environment: Argument = {
  name: 'environment',
  required: false,
  summary: 'name of the environment; may be left out when the service has only one',
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
  summary: 'environment of the service; may be left out when it has only one',
}
const reason: Flag = { name: 'reason', value: 'TEXT', to: 'body', summary: 'reason, recorded with the name of the caller' }
const note: Flag = { name: 'note', value: 'TEXT', to: 'body', summary: 'note shown with the release' }
const waiting: readonly Flag[] = [
  { name: 'wait', value: '[settled]', to: 'local', summary: 'follow to the end; settled: also stop when a person must act' },
  { name: 'timeout', value: 'DURATION', to: 'local', summary: 'stop waiting after this time; the work continues' },
]
const follow: Flag = { name: 'follow', short: 'f', to: 'query', summary: 'keep printing new lines' }
const page: readonly Flag[] = [
  { name: 'limit', value: 'N', to: 'query', summary: 'entries per page, 50 by default' },
  { name: 'cursor', value: 'CURSOR', to: 'query', summary: 'cursor that the previous page ended with' },
]
const narrowing: readonly Flag[] = [
  { name: 'state', value: 'STATE,...', to: 'query', summary: 'only these states, for example held,paused or rolled-back' },
  { name: 'environment', short: 'e', value: 'ENVIRONMENT', to: 'query', summary: 'only this environment' },
  { name: 'since', value: 'DURATION|INSTANT', to: 'query', summary: 'started at this time or later; 24h means a day ago' },
  { name: 'before', value: 'DURATION|INSTANT', to: 'query', summary: 'started before this time' },
]
const releaseFlags: readonly Flag[] = [
  { name: 'version', value: 'VERSION', required: true, to: 'body', summary: 'version to release' },
  {
    name: 'artifact',
    value: 'PATH|REF|IMAGE',
    to: 'body',
    summary: 'file, folder, sha256 reference, or image name@sha256:<digest>; default: the working folder',
  },
  { name: 'until', value: 'ENVIRONMENT', to: 'body', summary: 'last environment to release to' },
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
        { name: 'stop', to: 'query', summary: 'revert and remove what runs in environments that the file drops' },
        { name: 'dry-run', to: 'query', summary: 'show what would change, and change nothing' },
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
    cli: command('service remove', [service], [{ name: 'stop', to: 'query', summary: 'revert what is in flight first' }]),
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
        { name: 'version', value: 'VERSION', to: 'query', summary: 'only this version' },
        { name: 'tail', value: 'N', to: 'query', field: 'lines', summary: 'number of last lines, 200 by default' },
        {
          name: 'since',
          value: 'DURATION|INSTANT',
          to: 'query',
          summary: 'only lines printed since then; 10m means ten minutes ago',
        },
        { name: 'timestamps', to: 'local', summary: 'show when each line was printed' },
        follow,
      ],
    ),
  ),
]

const starts: readonly Verb[] = [
  {
    noun: 'artifact',
    verb: 'inspect',
    cli: command('artifact', [{ name: 'path', required: false, summary: 'folder or file; default: the working folder' }]),
    method: 'POST',
    path: '/v1/artifacts/inspect',
    action: 'release:start',
    cost: 'read',
    summary: 'Shows which files a release of a folder would include and leave out',
  },
  {
    noun: 'release',
    verb: 'start',
    cli: command('release start', [service], [...releaseFlags, ...waiting]),
    method: 'POST',
    path: '/v1/services/{service}/releases',
    action: 'release:start',
    cost: 'start',
    summary: 'Releases a version, one environment after the other',
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
    summary: 'Shows what a release would do, how long it may take, and how it would revert',
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
        { name: 'version', value: 'VERSION', to: 'body', summary: 'earlier good version; default: the last one' },
        reason,
        ...waiting,
      ],
    ),
    method: 'POST',
    path: '/v1/services/{service}/environments/{environment}/rollbacks',
    action: 'rollback:start',
    cost: 'start',
    summary: 'Brings an earlier good version back; reverts what is in flight first',
  },
]

const reads: readonly Verb[] = [
  get('release', 'list', '/v1/releases', 'Lists releases, newest first', {
    ...command('release list', [{ ...service, required: false }], [...narrowing, ...page]),
  }),
  get('release', 'show', '/v1/releases/{id}', 'Shows the present state of a release', command('release show', [release])),
  get(
    'release',
    'watch',
    '/v1/releases/{id}/events',
    'Follows the events of a release',
    command('release watch', [release], waiting),
  ),
  get(
    'release',
    'explain',
    '/v1/releases/{id}/explanation',
    'Explains the state of a release, what it waits for and the evidence of each verdict',
    command('release explain', [release]),
  ),
  get('release', 'looks', '/v1/releases/{id}/looks', 'Lists the looks of the analysis, for charts', null),
  get('rollback', 'list', '/v1/rollbacks', 'Lists rollbacks, newest first', {
    ...command('rollback list', [{ ...service, required: false }], [...narrowing, ...page]),
  }),
  get(
    'rollback',
    'show',
    '/v1/rollbacks/{id}',
    'Shows a rollback; its id is one percent-encoded segment of the path',
    command('rollback show', [rollback]),
  ),
  get(
    'rollback',
    'watch',
    '/v1/rollbacks/{id}/events',
    'Follows the events of a rollback',
    command('rollback watch', [rollback], waiting),
  ),
  get('rollback', 'looks', '/v1/rollbacks/{id}/looks', 'Lists the looks of the guardrail, for charts', null),
]

const fully: Flag = { name: 'fully', to: 'local', summary: 'skip all remaining steps' }
const by: Flag = {
  name: 'by',
  value: 'DURATION',
  to: 'body',
  field: 'by',
  summary: "how much longer; default: the step's longest bake",
}

const requests: readonly (readonly [kind: RequestKind, summary: string, flags: readonly Flag[]])[] = [
  ['pause', 'Pauses the rollout; the analysis keeps guarding it', []],
  ['resume', 'Continues after a pause', []],
  ['promote', 'Moves to the next step, or ends the watch', [fully]],
  ['promote-fully', 'Promotes at once and skips the remaining steps', []],
  ['extend', 'Extends the bake before a decision', [by]],
  ['abort', 'Reverts to the stable version', []],
  ['retry-revert', 'Tries a failed revert again', []],
  ['accept-as-is', 'Ends a failed revert and leaves traffic where it is', []],
]

/** Each request has a path of its own. `promote --fully` is the verb `promote-fully`. */
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
          summary: 'actions that it allows: release:start, release:*, or * for all',
        },
        { name: 'expires', value: 'DURATION', to: 'body', summary: 'how long the key is valid, 90d by default' },
        { name: 'owner', value: 'NAME', to: 'body', summary: 'machine that uses it, such as a CI; default: you' },
      ],
    ),
    method: 'POST',
    path: '/v1/keys',
    action: 'key:create',
    cost: 'write',
    summary: 'Creates an API key and prints it once',
  },
  get('key', 'list', '/v1/keys', 'Lists API keys, newest first; never shows the keys themselves', command('key list', [], page)),
  {
    noun: 'key',
    verb: 'revoke',
    cli: command('key revoke', [{ name: 'id', required: true, summary: "id of the key: the part after 'holdfast_'" }]),
    method: 'DELETE',
    path: '/v1/keys/{id}',
    action: 'key:revoke',
    cost: 'write',
    summary: 'Revokes an API key at once, and the console sessions that it opened',
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
    summary: 'Creates a link that opens the console once, within five minutes',
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
    summary: "Decrypts workflow payloads; Temporal's Web UI uses it as its codec server",
  },
  {
    ...get('health', 'show', '/health', 'Shows whether the API and its dependencies are up', command('status', [])),
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

/** The cost of a request, known before its body is read. Its query may make it another verb of the same route, such as a plan. */
export const costOf = ({ method, path, cost }: Verb, query: Readonly<Record<string, unknown>>): CostClass =>
  verbs.find(
    (row) =>
      row.method === method &&
      row.path === path &&
      row.fixedQuery !== undefined &&
      Object.entries(row.fixedQuery).every(([name, value]) => query[name] === value),
  )?.cost ?? cost

/** The row of a verb. @throws TypeError for a verb that is not in the table: a bug */
export function verbOf(noun: string, verb: string): Verb {
  const found = verbs.find((row) => row.noun === noun && row.verb === verb)
  if (!found) throw new TypeError(`there is no verb '${noun} ${verb}'`)
  return found
}
