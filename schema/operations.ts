/** What each operation of the API says of itself beside its row of the table: what it does, what it refuses with, and an example. */
import type { ProblemCode } from '../domain/problem.ts'
import * as example from './examples.ts'
import type { Verb } from './verb.ts'

export interface Operation {
  readonly description: string
  /** Beside those that every operation of its kind has. */
  readonly problems?: readonly ProblemCode[]
  readonly body?: unknown
  /** By status; a status without one answers nothing worth an example. */
  readonly answers?: Readonly<Record<number, unknown>>
}

const target = ['target-unavailable'] as const
/** Of what ends a place: two that do so at once are told apart there. */
const ending = ['service-busy', ...target, 'stale-generation', 'stale-turn'] as const
const gone = ['not-found'] as const

const operations: Readonly<Record<string, Operation>> = {
  'service apply': {
    description:
      'Declares a service, or changes its declaration. What is in flight keeps the declaration that it was accepted with. With `dryRun=true` it only answers what would change. `If-Match` guards against a change that somebody else made; every fault of the declaration is answered at once, by JSON Pointer.',
    problems: ['precondition-failed', 'not-permitted-target', 'not-permitted-address', ...ending],
    body: example.declaration,
    answers: {
      200: {
        name: 'checkout',
        declarationDigest: example.reference,
        environments: ['production'],
        keepOld: ['checkout-12'],
        dryRun: false,
        changes: [{ at: 'environments.production.watchMs', before: 900_000, after: 60_000 }],
        links: { self: '/v1/services/checkout' },
      },
    },
  },
  'service list': {
    description: 'Lists services by name with their environments: what is stable, what is on its way, where traffic goes now.',
    answers: { 200: example.list(example.service) },
  },
  'service show': {
    description:
      'Shows one service with its declaration as it was understood: durations in milliseconds, every default filled in.',
    problems: gone,
    answers: { 200: { ...example.service, declaration: example.declaration } },
  },
  'service history': {
    description:
      'Lists releases and rollbacks of a service together, newest first, so that what happened reads in one list. `state`, `environment`, `since` and `before` narrow it.',
    problems: gone,
    answers: { 200: example.history },
  },
  'service remove': {
    description:
      'Removes a service and ends what runs of it. It is refused while anything runs, unless `stop` says otherwise: then what is in flight goes back first, and the request is repeated once that has ended.',
    problems: [...gone, ...ending],
    answers: { 202: { name: 'checkout', state: 'stopping', inFlight: ['checkout-7'] } },
  },
  'environment show': {
    description:
      'Shows what is stable in an environment, who has the turn and who waits, how traffic is split now, and how much there is.',
    problems: gone,
    answers: { 200: { ...example.environment, requestsPerSecond: 80 } },
  },
  'logs read': {
    description:
      'Answers the last lines that replicas printed. With `Accept: text/event-stream` and `follow` it goes on with what comes.',
    problems: [...gone, ...target],
    answers: { 200: example.logs },
  },
  'rollback start': {
    description:
      'Brings an earlier good version back, the one before what is stable unless a version is named. What is in flight there goes back first.',
    problems: [...gone, 'nothing-to-go-back-to'],
    body: { version: '1.3.0', reason: 'slow checkout' },
    answers: { 202: { ...example.started, id: 'rollback/checkout/production/3' } },
  },
  'artifact look': {
    description:
      'Says what a release of a path would hold, by names and sizes: nothing is read or kept. What is left out is named with the reason.',
    problems: [...gone, ...target],
    body: { path: '/srv/checkout/build' },
    answers: { 200: example.contents },
  },
  'release start': {
    description:
      'Releases a version, environment by environment. The answer comes once it is accepted; `links.events` tells what follows. With `dryRun=true` it answers the plan and starts nothing.',
    problems: [...gone, 'version-digest-changed', 'digest-mismatch', 'secret-unavailable', 'already-in-flight', ...target],
    body: { version: '1.5.0', artifact: { ref: example.reference }, note: 'the new basket' },
    answers: { 200: example.plan, 202: example.started },
  },
  'release retry': {
    description: 'Releases the same version again, as a new release with an alpha of its own.',
    problems: [...gone, 'already-in-flight', 'secret-unavailable', ...target],
    body: { note: 'the database is back' },
    answers: { 202: { ...example.started, id: 'checkout-8' } },
  },
  'rollback list': {
    description: 'Lists rollbacks, newest first; narrowed as releases are.',
    problems: gone,
    answers: { 200: example.list(example.rollback) },
  },
  'release list': {
    description: 'Lists releases, newest first. `service`, `state`, `environment`, `since` and `before` narrow the list.',
    problems: gone,
    answers: { 200: example.list(example.release) },
  },
  'release show': { description: 'Shows a release as it is now.', problems: gone, answers: { 200: example.release } },
  'release explain': {
    description: 'Says why a release is where it is, what it waits for, who asked what, and what each verdict rested on.',
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
      'Answers what happened to a release, in order. With `Accept: text/event-stream` it goes on with what comes, and ends with the release.',
    problems: gone,
    answers: { 200: example.events },
  },
  'rollback watch': {
    description: 'Answers what happened to a rollback, in order; as a stream too, as of a release.',
    problems: gone,
    answers: { 200: example.events },
  },
  'rollback show': {
    description: 'Shows a rollback as it is now. Its id is one segment of the path, percent-encoded.',
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
      'Mints a link that opens the console once, within five minutes, with the rights of the caller. The code stands in the fragment, which no server and no log gets.',
    answers: { 200: { url: 'http://127.0.0.1:7420/#code=…', expiresAt: example.instant } },
  },
  'console open': {
    description: "Exchanges the code of a link for the console's cookie, which no script can read.",
    problems: ['not-authenticated'],
    body: { code: 'h2Xk…' },
    answers: { 200: { actor: example.actor, expiresAt: example.instant } },
  },
  'key create': {
    description: 'Mints an API key that allows no more than the caller may. The key is told once, here, and kept nowhere.',
    body: { scopes: ['release:start'], expires: '30d', owner: 'ci' },
    answers: { 201: { ...example.key, key: 'holdfast_1a2b3c4d5e6f_…' } },
  },
  'key list': {
    description: 'Lists API keys, newest first, without the keys themselves.',
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
    description: "Ends a key at once, with the console's links and sessions that came by it. A repeat is fine.",
    problems: gone,
  },
  'payload decode': {
    description:
      "Decrypts payloads of workflows for whoever may read them: the codec server of Temporal's Web UI. Payloads that are not encrypted come back as they are.",
    problems: ['payload-unreadable'],
    body: { payloads: [example.payload] },
    answers: { 200: { payloads: [example.payload] } },
  },
  'health show': {
    description: 'Says whether the API and what it needs are there. It needs no credential and tells no more than up or down.',
    answers: { 200: { status: 'ok', components: { database: { ok: true, detail: null } } } },
  },
}

const requests: Readonly<Record<string, string>> = {
  pause: 'The rollout stops advancing. The version keeps its traffic and stays guarded: a bad one still goes back.',
  resume: 'The rollout goes on where it was paused.',
  promote: 'The rollout goes on to its next step without waiting for the analysis, or ends its watch.',
  'promote-fully': 'The version gets all traffic at once; every step that is left is skipped.',
  extend: 'The present step bakes longer before it is decided; `by` says how much.',
  abort: 'All traffic goes back to what was stable.',
  'retry-way-back': 'The way back, which failed, is tried once more.',
  'accept-as-is': 'A way back that failed is ended where it stands: what has most traffic becomes stable.',
}

/** Of a verb; of a request to a release or rollback, told once for both. @throws TypeError where a verb says nothing of itself: a bug */
export function operationOf({ noun, verb, requestKind }: Verb): Operation {
  const told = operations[`${noun} ${verb}`]
  if (told) return told
  const description = requestKind === undefined ? undefined : requests[requestKind]
  if (description === undefined) throw new TypeError(`the operation '${noun} ${verb}' has no description`)
  return {
    description: `${description} It is accepted or refused at once, by the phase it is in; the answer does not wait until it is done.`,
    // An abort that nobody hears is kept for when somebody does.
    problems: ['not-found', 'wrong-phase', ...(requestKind === 'abort' ? [] : (['no-worker', 'temporal-unavailable'] as const))],
    body: requestKind === 'extend' ? { reason: 'too few requests at night', by: '10m' } : { reason: 'seen enough' },
    answers: {
      202: { id: 'checkout-7', request: requestKind, state: 'progressing', phase: 'baking', links: example.links },
    },
  }
}

const always: readonly ProblemCode[] = ['wrong-origin', 'internal']
const charged: readonly ProblemCode[] = ['rate-limited', 'database-unavailable']
const withCredential: readonly ProblemCode[] = ['not-authenticated', 'not-allowed']
const withBody: readonly ProblemCode[] = ['malformed-body', 'body-too-large', 'unsupported-media-type']
const withKey: readonly ProblemCode[] = ['idempotency-key-reused', 'request-in-flight']

const streamed: readonly ProblemCode[] = ['too-many-streams']

/** Every code that an operation may refuse with. @param takes of its route; `key`: its answer is kept for a repeat */
export function problemsOf(verb: Verb, takes: { readonly key: boolean; readonly stream: boolean }): readonly ProblemCode[] {
  const all = [
    ...always,
    ...(verb.cost === 'free' ? [] : charged),
    ...(verb.action === 'public' ? [] : withCredential),
    // A query that nobody reads is refused; probes may be sent what a load balancer adds.
    ...(verb.path.startsWith('/v1/') ? (['invalid-input'] as const) : []),
    ...(verb.method === 'POST' || verb.method === 'PUT' ? withBody : []),
    ...(takes.key ? withKey : []),
    ...(takes.stream ? streamed : []),
    ...(operationOf(verb).problems ?? []),
  ]
  return [...new Set(all)]
}
