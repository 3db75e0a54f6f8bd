/** Asking the API: same origin, by the cookie, problems as errors that say their remedy. */
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

/** It did not answer, or somebody else did: what was asked for may have been done all the same. */
export class NoAnswer extends Error {
  readonly hint: string

  constructor(message: string, isRead: boolean) {
    super(message)
    this.hint = isRead
      ? 'this page asks again by itself; until then it shows what was last known'
      : 'it may have been done all the same; asking once more has no second effect'
  }
}

/** What a schema says that the API answers. */
export type AnswerOf<S extends z.ZodType> = Immutable<z.output<S>>

interface ProblemBody {
  readonly detail?: string
  readonly title?: string
  readonly code?: string
  readonly hint?: string
}

/**
 * Exchanges the code of a link once; without one the cookie must be there already, and with one that was used or is too old it may be. The
 * code leaves the address bar at once. @throws ConsoleProblem when there is no way in
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

/** @throws ConsoleProblem when refused, NoAnswer when there was none, or none that this page knows */
export async function get<S extends z.ZodType>(schema: S, path: string): Promise<AnswerOf<S>> {
  return parsed(schema, await ask(path, { headers: { accept: 'application/json' } }), true)
}

/**
 * With the same `key` and body the API does it once, however often it is sent; null where nothing is done, only answered.
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

/** False where it may have been done although there was no good answer: then only the same key is safe. */
export const isFinal = (error: unknown): boolean =>
  error instanceof ConsoleProblem && error.status < 500 && error.status !== 429 && error.code !== 'request-in-flight'

function refusal(status: number, body: ProblemBody): ConsoleProblem {
  const problem = new ConsoleProblem(status, body)
  if (status === 401) tellStranger()
  return problem
}

const patienceMs = 10_000

const limitedPatienceMs = 60_000

/** A page that was opened before the API became another one knows less than it is told, and says so. */
function parsed<S extends z.ZodType>(schema: S, json: unknown, isRead: boolean): AnswerOf<S> {
  const { data, error } = schema.safeParse(json)
  if (error === undefined) return data as AnswerOf<S>
  const at = error.issues[0]?.path.join('.') || 'the whole'
  throw new NoAnswer(`this page does not know what the API answers (${at}): load the page again`, isRead)
}

/** The answer; one that says that this client asks too often is waited out, as long as it says: nothing was done. Null: there was none. */
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
  if (json === null && answer.status !== 204) throw new NoAnswer('what answers here is not the API', isRead)
  return json
}
