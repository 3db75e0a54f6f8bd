/** Asking the API: same origin, by the cookie, problems as errors that say their remedy. */
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
    await post('/v1/console/sessions', { code }, newKey())
  } catch (error) {
    await get('/v1/services?limit=1').catch(() => {
      if (error instanceof ConsoleProblem && error.status === 401) tellRefusedLink(error.message)
      throw error
    })
  }
}

/** @throws ConsoleProblem when refused, NoAnswer when there was none */
export async function get<Answer>(path: string): Promise<Answer> {
  return (await ask(path, { headers: { accept: 'application/json' } })) as Answer
}

/**
 * With the same `key` and body the API does it once, however often it is sent; null where nothing is done, only answered.
 * @throws as `get`
 */
export async function post<Answer>(path: string, body: unknown, key: string | null): Promise<Answer> {
  const once = key === null ? {} : { 'idempotency-key': key }
  const headers = { accept: 'application/json', 'content-type': 'application/json', ...once }
  return (await ask(path, { method: 'POST', headers, body: JSON.stringify(body) })) as Answer
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

/** JSON of the API, taken at its word: every test of the API holds what it answers against the schemas that the types are of. */
export const told = <Answer>(json: string): Answer => JSON.parse(json)

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
