/**
 * The command line's only access to the system: HTTP with a bearer key. Every write carries an idempotency key, and a repeat carries the
 * same one, so that a lost answer does not lead to a second release.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Problem } from '../domain/problem.ts'
import { ApiProblem, apiProblem } from './api-problem.ts'
import { longestTimerMs } from '../domain/bounds.ts'

export interface Call {
  readonly method: string
  /** The path below the API's address, with escaped segments: `/v1/services/shop`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** Set where the answer may take longer than others. */
  readonly timeoutMs?: number
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** The text of the body, which `--json` prints. */
  readonly text: string
  /** The body parsed; undefined when there is none. */
  readonly json: unknown
}

export interface Client {
  readonly url: string
  /** @throws ApiProblem when refused; Problem unreachable when there is no API; an AbortError when `signal` ends it */
  call(call: Call): Promise<Answer>
  /** The open answer, for streams. It is not tried again. */
  open(call: Call): Promise<Response>
}

export interface ClientOptions {
  readonly url: string
  /** Called when first needed, so that a command without a need for a key does not fail for a bad credentials file. */
  readonly token: () => Promise<string | null>
  /** The longest time for one answer. */
  readonly timeoutMs?: number
  /** How often a call is repeated when the API cannot answer now. */
  readonly retries?: number
}

export function createClient({ url, token, timeoutMs = 30_000, retries = 3 }: ClientOptions): Client {
  let key: Promise<string | null> | undefined
  const open = async (call: Call): Promise<Response> => {
    key ??= token()
    return send(url, call, await key)
  }
  return {
    url,
    open: async (call) => {
      const response = await open(call)
      if (response.ok) return response
      throw apiProblem(response.status, await response.text())
    },
    async call(call) {
      const headers = { ...(call.method === 'GET' ? {} : { 'idempotency-key': randomUUID() }), ...call.headers }
      const limitedUntilMs = performance.now() + limitedPatienceMs
      for (let attempt = 0; ; ) {
        const timeout = AbortSignal.timeout(Math.min(call.timeoutMs ?? timeoutMs, longestTimerMs))
        const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout
        const result = await once(() => open({ ...call, headers, signal }), call.signal)
        if ('answer' in result) return result.answer
        const waiting = call.signal ? { signal: call.signal } : {}
        if (isLimited(result.error)) {
          // The API did nothing and says when to repeat the call, so this does not count as a failed attempt.
          if (performance.now() + result.afterMs > limitedUntilMs) throw result.error
          await delay(Math.min(result.afterMs, longestTimerMs), undefined, waiting)
          continue
        }
        if (attempt >= retries || !result.again) throw result.error
        await delay(Math.min(Math.max(Math.min(5_000, result.afterMs), 200 * 2 ** attempt), longestTimerMs), undefined, waiting)
        attempt += 1
      }
    },
  }
}

/** How long a call waits in all for the rate limit. An empty bucket is full again after a minute. */
const limitedPatienceMs = 120_000

const isLimited = (error: unknown): boolean => error instanceof ApiProblem && error.status === 429

type Result = { readonly answer: Answer } | { readonly error: Error; readonly again: boolean; readonly afterMs: number }

async function once(open: () => Promise<Response>, signal: AbortSignal | undefined): Promise<Result> {
  try {
    const response = await open()
    const text = await response.text()
    if (!response.ok) return refused(response, apiProblem(response.status, text))
    return { answer: { status: response.status, headers: response.headers, text, json: parsed(text) } }
  } catch (cause) {
    if (signal?.aborted) throw signal.reason
    if (cause instanceof Problem) return { error: cause, again: cause.more.sent === true, afterMs: 0 }
    return { error: lost(cause), again: true, afterMs: 0 }
  }
}

/** Repeats a call only for a problem that passes by itself, such as an earlier attempt in progress, or a worker that is away. */
function refused(response: Response, error: ApiProblem): Result {
  const again = error.code === 'request-in-flight' || [429, 502, 503, 504].includes(error.status)
  const seconds = Number(response.headers.get('retry-after') ?? 0)
  const afterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 0
  return { error, again, afterMs: isLimited(error) ? Math.min(longestTimerMs, Math.max(1_000, afterMs)) : afterMs }
}

async function send(url: string, { method, path, query, body, headers, signal }: Call, key: string | null): Promise<Response> {
  const target = new URL(`${url}${path}`)
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) target.searchParams.set(name, String(value))
  try {
    return await fetch(target, {
      method,
      // Redirects are not followed, because the key belongs to this address alone.
      redirect: 'manual',
      headers: {
        accept: 'application/json',
        'user-agent': 'holdfast-cli',
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
  } catch (cause) {
    if (signal?.aborted && !isTimeout(signal.reason)) throw signal.reason
    throw unreachable(url, cause)
  }
}

/** `sent`: the API may have received the request, so a repeat with the same idempotency key makes sense. */
function unreachable(url: string, cause: unknown): Problem {
  const code = codeOf(cause)
  const refusedAtOnce = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'].includes(code)
  const why = refusedAtOnce ? (code === 'ECONNREFUSED' ? 'nothing listens there' : 'there is no such host') : 'it did not answer'
  return new Problem('unreachable', `the API at ${url} cannot be reached: ${why}`, {
    hint: "start it with 'npm start', or set HOLDFAST_URL to its address",
    more: { sent: !refusedAtOnce },
    cause,
  })
}

const lost = (cause: unknown): Problem =>
  new Problem('unreachable', "the API's answer was cut off", {
    hint: "run the command again; 'holdfast status' shows what is in flight",
    cause,
  })

const isTimeout = (reason: unknown): boolean => reason instanceof Error && reason.name === 'TimeoutError'

function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code
    if (at instanceof AggregateError && at.errors[0] !== undefined && at.cause === undefined) return codeOf(at.errors[0])
  }
  return ''
}

function parsed(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
