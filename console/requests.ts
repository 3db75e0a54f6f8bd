/** Requests to the API: same origin, with the session's cookie. A problem becomes an error with its remedy. */
import './no-eval.ts'
import type { z } from 'zod'
import { ConsoleSession } from '../schema/answers.ts'
import type { Immutable } from '../schema/immutable.ts'
import { ServiceList } from '../schema/service.ts'
import { waitOut } from './use-waiting.ts'
import { tellKnown, tellRefusedLink, tellStranger } from './stranger.ts'

export class ConsoleProblem extends Error {
  readonly status: number
  readonly code: string | undefined
  readonly hint: string | undefined

  constructor(status: number, { detail, title, code, hint }: ProblemBody) {
    super(detail ?? title ?? `the API answered ${status}`)
    this.status = status
    this.code = code
    this.hint = hint
  }
}

/** The API did not answer, or another server did. The API may have carried out the request. */
export class NoAnswer extends Error {
  readonly hint: string

  constructor(message: string, isRead: boolean) {
    super(message)
    this.hint = isRead
      ? 'this page asks again by itself; until then it shows the last answer'
      : 'the request may have been carried out; sending it again has no second effect'
  }
}

/** The type of an answer, from its schema. */
export type AnswerOf<S extends z.ZodType> = Immutable<z.output<S>>

interface ProblemBody {
  readonly detail?: string
  readonly title?: string
  readonly code?: string
  readonly hint?: string
}

/**
 * Exchanges the code of a link for the session's cookie, and removes the code from the address bar at once. Without a code, the browser
 * has the cookie already. It may have one too when the code was used or is too old. @throws ConsoleProblem when there is no session
 */
export async function openSession(hash: string): Promise<void> {
  const code = /^#code=(.+)$/.exec(hash)?.[1]
  if (!code) return
  history.replaceState(null, '', location.pathname)
  try {
    await post(ConsoleSession, '/v1/console/sessions', { code }, newKey())
  } catch (error) {
    await get(ServiceList, '/v1/services?limit=1').catch(() => {
      if (error instanceof ConsoleProblem && error.status === 401) tellRefusedLink(error.message)
      throw error
    })
  }
}

/** @throws ConsoleProblem when the API refuses, NoAnswer without an answer or with one that this page does not know */
export async function get<S extends z.ZodType>(schema: S, path: string): Promise<AnswerOf<S>> {
  return parsed(schema, await ask(path, { headers: { accept: 'application/json' } }), true)
}

/**
 * The API carries out requests with the same `key` and body once. The key is null for a request that changes
 * nothing.
 * @throws as `get`
 */
export async function post<S extends z.ZodType>(
  schema: S,
  path: string,
  body: unknown,
  key: string | null,
): Promise<AnswerOf<S>> {
  const once = key === null ? {} : { 'idempotency-key': key }
  const headers = { accept: 'application/json', 'content-type': 'application/json', ...once }
  return parsed(schema, await ask(path, { method: 'POST', headers, body: JSON.stringify(body) }), false)
}

export const newKey = (): string => crypto.randomUUID()

/** False when the API may have carried out the request without a good answer: then only the same key is safe. */
export const isFinal = (error: unknown): boolean =>
  error instanceof ConsoleProblem && error.status < 500 && error.status !== 429 && error.code !== 'request-in-flight'

function refusal(status: number, body: ProblemBody): ConsoleProblem {
  const problem = new ConsoleProblem(status, body)
  if (status === 401) tellStranger()
  return problem
}

const patienceMs = 10_000

const limitedPatienceMs = 60_000

/** A page that was opened before an upgrade of the API may not know an answer, and says so. */
function parsed<S extends z.ZodType>(schema: S, json: unknown, isRead: boolean): AnswerOf<S> {
  const { data, error } = schema.safeParse(json)
  if (error === undefined) return data as AnswerOf<S>
  const at = error.issues[0]?.path.join('.') || 'the whole'
  throw new NoAnswer(`this page does not know what the API answers (${at}): load the page again`, isRead)
}

/** The answer, or null without one. After a 429 it waits as long as the answer says and sends again: the API did nothing. */
async function unlimited(path: string, init: RequestInit): Promise<Response | null> {
  for (let waitedMs = 0; ; ) {
    const answer = await fetch(path, { ...init, signal: AbortSignal.timeout(patienceMs) }).catch(() => null)
    const afterMs = Math.max(1, Number(answer?.headers.get('retry-after')) || 1) * 1_000
    if (answer?.status !== 429 || waitedMs + afterMs > limitedPatienceMs) return answer
    await waitOut(afterMs)
    waitedMs += afterMs
  }
}

async function ask(path: string, init: RequestInit): Promise<unknown> {
  const isRead = init.method === undefined
  const answer = await unlimited(path, init)
  if (!answer) throw new NoAnswer('the API does not answer', isRead)
  const json: unknown = await answer.json().catch(() => null)
  if (!answer.ok) throw refusal(answer.status, json ?? {})
  tellKnown()
  if (json === null && answer.status !== 204) throw new NoAnswer('another server than the API answered', isRead)
  return json
}
