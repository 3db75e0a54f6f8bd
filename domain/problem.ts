/**
 * Every failure that the system knows: a code with its HTTP status, a title, and whether another try can help. The same code travels from
 * adapter to activity, workflow, API, command line and browser.
 */
const problems = {
  'invalid-input': { status: 422, retry: false, title: 'The input is not valid' },
  'malformed-body': { status: 400, retry: false, title: 'The body is not valid JSON' },
  'invalid-config': { status: 500, retry: false, title: 'The configuration is not valid' },
  'body-too-large': { status: 413, retry: false, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, retry: false, title: 'The content type is not supported' },
  'not-authenticated': { status: 401, retry: false, title: 'A credential is needed' },
  'not-allowed': { status: 403, retry: false, title: 'This is not allowed' },
  'rate-limited': { status: 429, retry: true, title: 'This client sends too many requests' },
  'too-many-streams': { status: 429, retry: true, title: 'Too many streams are open' },
  'wrong-origin': { status: 403, retry: false, title: 'The request comes from a host or origin that is not trusted' },
  'not-found': { status: 404, retry: false, title: 'Not found' },
  'method-not-allowed': { status: 405, retry: false, title: 'This method is not allowed here' },
  'already-in-flight': { status: 409, retry: false, title: 'Another change is in flight' },
  'request-in-flight': { status: 409, retry: true, title: 'The same request is still being answered' },
  'wrong-phase': { status: 409, retry: false, title: 'The present phase does not allow this request' },
  'version-digest-changed': { status: 422, retry: false, title: 'This version exists with another digest' },
  'digest-mismatch': { status: 422, retry: false, title: 'The artifact does not have the digest that was asserted' },
  'precondition-failed': { status: 412, retry: false, title: 'The resource has changed meanwhile' },
  'idempotency-key-reused': { status: 422, retry: false, title: 'This idempotency key was used for another request' },
  'service-busy': { status: 409, retry: false, title: 'The service is still running' },
  'no-earlier-version': { status: 409, retry: false, title: 'There is no earlier good version' },
  'not-permitted-address': { status: 422, retry: false, title: 'The configuration does not allow this address' },
  'not-permitted-target': { status: 422, retry: false, title: 'The configuration does not allow this kind of target' },
  'secret-unavailable': { status: 422, retry: false, title: 'The service cannot use this secret' },
  'no-worker': { status: 503, retry: true, title: 'No worker answered in time' },
  'temporal-unavailable': { status: 503, retry: true, title: 'Temporal cannot be reached' },
  'database-unavailable': { status: 503, retry: true, title: 'The database cannot be reached' },
  'target-unavailable': { status: 503, retry: true, title: 'The target cannot be reached' },
  'metrics-unavailable': { status: 503, retry: true, title: 'The metrics provider does not answer' },
  'stale-token': { status: 409, retry: false, title: 'A newer fencing token or step was used' },
  'stale-epoch': { status: 409, retry: true, title: 'A newer attempt of this analysis has taken over' },
  'target-not-ready': { status: 409, retry: true, title: 'The version is not ready' },
  'cannot-start': { status: 409, retry: false, title: 'The version cannot start' },
  'progress-deadline': { status: 409, retry: false, title: 'The version did not get ready in time' },
  'smoke-failed': { status: 409, retry: false, title: 'A smoke test failed' },
  'hook-failed': { status: 409, retry: false, title: 'A required hook failed' },
  'migrations-differ': { status: 500, retry: false, title: 'The database and this version have different migrations' },
  'payload-unreadable': { status: 422, retry: false, title: 'A payload cannot be decrypted' },
  'histories-differ': { status: 500, retry: false, title: 'Open workflows cannot continue in this version' },
  'component-missing': { status: 500, retry: false, title: 'A required component is missing' },
  'port-taken': { status: 500, retry: true, title: 'A port is taken' },
  'folder-unusable': { status: 500, retry: false, title: 'A folder cannot be used' },
  unreachable: { status: 503, retry: true, title: 'The API cannot be reached' },
  internal: { status: 500, retry: true, title: 'Something went wrong' },
} as const satisfies Record<string, ProblemRow>

interface ProblemRow {
  readonly status: number
  readonly retry: boolean
  readonly title: string
}

export type ProblemCode = keyof typeof problems

/** Where in the input the fault is (JSON Pointer) and what is wrong there. */
export interface Fault {
  readonly pointer: string
  readonly detail: string
}

export interface ProblemOptions {
  /** The remedy, as a sentence. */
  readonly hint?: string
  readonly errors?: readonly Fault[]
  /** Further members of the answer: what is in flight, the legal moves. Never secrets. */
  readonly more?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** The only exception that Holdfast throws on purpose. The message is lower case and says what happened; the hint says the remedy. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly hint: string | undefined
  readonly errors: readonly Fault[]
  readonly more: Readonly<Record<string, unknown>>

  constructor(code: ProblemCode, message: string, options: ProblemOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Problem'
    this.code = code
    this.hint = options.hint
    this.errors = options.errors ?? []
    this.more = options.more ?? {}
  }
}

/** HTTP status, retry and title of a code. */
export const problemRow = (code: ProblemCode): ProblemRow => problems[code]

export const isProblemCode = (code: unknown): code is ProblemCode => typeof code === 'string' && Object.hasOwn(problems, code)

export const problemCodes = (): readonly ProblemCode[] => Object.keys(problems) as ProblemCode[]

/** Whether this failure is a Problem, with this `code` where one is given. */
export const isProblem = (error: unknown, code?: ProblemCode): error is Problem =>
  error instanceof Problem && (code === undefined || error.code === code)
