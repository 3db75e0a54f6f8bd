/** The description, the refusals and an example of each operation of the API. Its row in verbs.ts has the rest. */
import type { ProblemCode } from '../domain/problem.ts'
import * as example from './examples.ts'
import type { Verb } from './verb.ts'

export interface Operation {
  readonly description: string
  /** Its own problems, besides those of every operation of its kind. */
  readonly problems?: readonly ProblemCode[]
  readonly body?: unknown
  /** Examples by status. */
  readonly answers?: Readonly<Record<number, unknown>>
}

const target = ['target-unavailable'] as const
/** Problems of operations that end an environment. When two do so at once, the target refuses one of them. */
const ending = ['service-busy', ...target, 'stale-token'] as const
const gone = ['not-found'] as const

const operations: Readonly<Record<string, Operation>> = {
  'service apply': {
    description:
      'Declares a service, or changes its declaration. A release in flight keeps the declaration that it was accepted with. With `dryRun=true` the API only answers what would change. `If-Match` refuses the request when somebody else changed the declaration meanwhile. The answer lists every fault of the declaration, by JSON Pointer.',
    problems: ['precondition-failed', 'not-permitted-target', 'not-permitted-address', ...ending],
    body: example.declaration,
    answers: {
      200: {
        name: 'checkout',
        declarationDigest: example.reference,
        environments: ['production'],
        keepOld: ['checkout-12'],
        keepOldMore: 0,
        dryRun: false,
        changes: [{ at: 'environments.production.watchMs', before: 900_000, after: 60_000 }],
        changesMore: 0,
        links: { self: '/v1/services/checkout' },
      },
    },
  },
  'service list': {
    description:
      'Lists services by name with their environments: the stable version, the release in flight, and the present traffic.',
    answers: { 200: example.list(example.service) },
  },
  'service show': {
    description: 'Shows one service with its parsed declaration: durations in milliseconds, every default filled in.',
    problems: gone,
    answers: { 200: { ...example.service, declaration: example.declaration } },
  },
  'service history': {
    description:
      'Lists releases and rollbacks of a service together, newest first. `state`, `environment`, `since` and `before` narrow the list.',
    problems: gone,
    answers: { 200: example.history },
  },
  'service remove': {
    description:
      'Removes a service and stops its versions. The API refuses while anything runs, unless `stop` is set: then what is in flight is reverted first, and the caller repeats the request once that has ended.',
    problems: [...gone, ...ending],
    answers: { 202: { name: 'checkout', state: 'stopping', inFlight: [{ kind: 'release', id: 'checkout-7' }], inFlightMore: 0 } },
  },
  'environment show': {
    description:
      'Shows the stable version of an environment, which release has the turn and which wait, the present split of traffic, and the request rate.',
    problems: gone,
    answers: { 200: { ...example.environment, requestsPerSecond: 80 } },
  },
  'logs read': {
    description:
      'Answers the last lines that replicas printed. With `Accept: text/event-stream` and `follow`, the stream continues with new lines.',
    problems: [...gone, ...target],
    answers: { 200: example.logs },
  },
  'rollback start': {
    description:
      'Brings an earlier good version back: the one named, or the one before the stable version. A release in flight there is reverted first.',
    problems: [...gone, 'no-earlier-version'],
    body: { version: '1.3.0', reason: 'slow checkout' },
    answers: { 202: { ...example.started, kind: 'rollback', id: 'rollback/checkout/production/3' } },
  },
  'artifact inspect': {
    description:
      'Lists the files that a release of a path would include, by name and size, and the files that it would leave out, each with the reason. Nothing is stored.',
    problems: [...gone, ...target],
    body: { path: '/srv/checkout/build' },
    answers: { 200: example.contents },
  },
  'release start': {
    description:
      'Releases a version, one environment after the other. The API answers once the release is accepted; `links.events` has what happens next. With `dryRun=true` it answers the plan and starts nothing.',
    problems: [...gone, 'version-digest-changed', 'digest-mismatch', 'secret-unavailable', 'already-in-flight', ...target],
    body: { version: '1.5.0', artifact: { ref: example.reference }, note: 'the new basket' },
    answers: { 200: example.plan, 202: example.started },
  },
  'release retry': {
    description: 'Releases the same version again, as a new release with its own alpha.',
    problems: [...gone, 'already-in-flight', 'secret-unavailable', ...target],
    body: { note: 'the database is back' },
    answers: { 202: { ...example.started, id: 'checkout-8' } },
  },
  'rollback list': {
    description: 'Lists rollbacks, newest first. `service`, `state`, `environment`, `since` and `before` narrow the list.',
    problems: gone,
    answers: { 200: example.list(example.rollback) },
  },
  'release list': {
    description: 'Lists releases, newest first. `service`, `state`, `environment`, `since` and `before` narrow the list.',
    problems: gone,
    answers: { 200: example.list(example.release) },
  },
  'release show': { description: 'Shows the present state of a release.', problems: gone, answers: { 200: example.release } },
  'release explain': {
    description: 'Explains the state of a release: what it waits for, who requested what, and the evidence of each verdict.',
    problems: gone,
    answers: { 200: example.explanation },
  },
  'release looks': {
    description: 'Answers the looks of the analysis for charts, oldest first, at most 2,000 at once.',
    problems: gone,
    answers: { 200: example.looks },
  },
  'release watch': {
    description:
      'Answers the events of a release, in order. With `Accept: text/event-stream` the stream continues with new events and ends with the release.',
    problems: gone,
    answers: { 200: example.events },
  },
  'rollback watch': {
    description: 'Answers the events of a rollback, in order, also as a stream.',
    problems: gone,
    answers: { 200: example.events },
  },
  'rollback show': {
    description: 'Shows the present state of a rollback. Its id is one percent-encoded segment of the path.',
    problems: gone,
    answers: { 200: example.rollback },
  },
  'rollback looks': {
    description: 'Answers the looks of the analysis that guards a rollback, oldest first.',
    problems: gone,
    answers: { 200: example.looks },
  },
  'console link': {
    description:
      'Creates a link that opens the console once, within five minutes, with the rights of the caller. The code is in the URL fragment, which browsers send to no server.',
    answers: { 200: { url: 'http://127.0.0.1:7420/#code=…', expiresAt: example.instant } },
  },
  'console open': {
    description: "Exchanges the code of a console link for the console's cookie. Scripts cannot read the cookie.",
    problems: ['not-authenticated'],
    body: { code: 'h2Xk…' },
    answers: { 200: { actor: example.actor, expiresAt: example.instant } },
  },
  'key create': {
    description:
      "Creates an API key that allows no more than the caller's own key. The API answers the key once, here, and does not store it.",
    body: { scopes: ['release:start'], expires: '30d', owner: 'ci' },
    answers: { 201: { ...example.key, key: 'holdfast_1a2b3c4d5e6f_…' } },
  },
  'key list': {
    description: 'Lists API keys, newest first; never shows the keys themselves.',
    answers: {
      200: example.list({
        ...example.key,
        revokedAt: null,
        isLive: true,
        lastUsedAt: example.key.createdAt,
        sessions: { open: 1, lastUsedAt: example.key.createdAt },
      }),
    },
  },
  'key revoke': {
    description: 'Revokes a key at once, and the console links and sessions that it opened. The request may be repeated.',
    problems: gone,
  },
  'payload decode': {
    description:
      "Decrypts workflow payloads for callers that may `payload:decode`. Temporal's Web UI uses it as its codec server. Payloads that are not encrypted come back unchanged.",
    problems: ['payload-unreadable'],
    body: { payloads: [example.payload] },
    answers: { 200: { payloads: [example.payload] } },
  },
  'health show': {
    description: 'Says whether the API and its dependencies are up. It needs no credential, and answers no more than up or down.',
    answers: { 200: { status: 'ok', components: { database: { ok: true, detail: null } } } },
  },
}

const requests: Readonly<Record<string, string>> = {
  pause:
    'The rollout stops advancing. The version keeps its traffic, and the analysis keeps guarding it: a bad version is still reverted.',
  resume: 'The rollout continues where it was paused.',
  promote: 'The rollout moves to its next step without waiting for the analysis, or ends its watch.',
  'promote-fully': 'The version gets all traffic at once, and the remaining steps are skipped.',
  extend: 'The present step bakes longer before a decision; `by` says how much longer.',
  abort: 'The rollout is reverted: all traffic returns to the stable version.',
  'retry-revert': 'The failed revert is tried again.',
  'accept-as-is': 'A failed revert ends, and traffic stays where it is. The version with the most traffic becomes stable.',
}

/** The operation of a verb. Releases and rollbacks share the descriptions of requests. @throws TypeError for a verb without one: a bug */
export function operationOf({ noun, verb, requestKind }: Verb): Operation {
  const operation = operations[`${noun} ${verb}`]
  if (operation) return operation
  const description = requestKind === undefined ? undefined : requests[requestKind]
  if (description === undefined) throw new TypeError(`the operation '${noun} ${verb}' has no description`)
  return {
    description: `${description} The API accepts or refuses the request at once, depending on the phase. It does not wait until the request is carried out.`,
    // An abort needs no worker: the queue keeps it until a worker reads it.
    problems: ['not-found', 'wrong-phase', ...(requestKind === 'abort' ? [] : (['no-worker', 'temporal-unavailable'] as const))],
    body: requestKind === 'extend' ? { reason: 'too few requests at night', by: '10m' } : { reason: 'seen enough' },
    answers: {
      202: {
        kind: 'release',
        id: 'checkout-7',
        request: requestKind,
        state: 'progressing',
        phase: 'baking',
        links: example.links,
      },
    },
  }
}

const always: readonly ProblemCode[] = ['wrong-origin', 'internal']
const charged: readonly ProblemCode[] = ['rate-limited', 'database-unavailable']
const withCredential: readonly ProblemCode[] = ['not-authenticated', 'not-allowed']
const withBody: readonly ProblemCode[] = ['malformed-body', 'body-too-large', 'unsupported-media-type']
const withKey: readonly ProblemCode[] = ['idempotency-key-reused', 'request-in-flight']

const streamed: readonly ProblemCode[] = ['too-many-streams']

/** Every code that an operation may refuse with. @param takes what its route takes; `key`: its answer is stored for a repeat */
export function problemsOf(verb: Verb, takes: { readonly key: boolean; readonly stream: boolean }): readonly ProblemCode[] {
  const all = [
    ...always,
    ...(verb.cost === 'free' ? [] : charged),
    ...(verb.action === 'public' ? [] : withCredential),
    // An unknown query is refused, except at probes, where a load balancer may add one.
    ...(verb.path.startsWith('/v1/') ? (['invalid-input'] as const) : []),
    ...(verb.method === 'POST' || verb.method === 'PUT' ? withBody : []),
    ...(takes.key ? withKey : []),
    ...(takes.stream ? streamed : []),
    ...(operationOf(verb).problems ?? []),
  ]
  return [...new Set(all)]
}
