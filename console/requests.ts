/** Asking the API: same origin, by the cookie, problems as errors that say their remedy. */

export class ConsoleProblem extends Error {
  readonly status: number
  readonly code: string | undefined
  readonly hint: string | undefined

  constructor(status: number, { detail, title, code, hint }: ProblemBody) {
    super(detail ?? title ?? `the API answered ${status}`)
    this.status = status
    this.code = code
    this.hint = status === 401 ? "'holdfast console' prints a link that opens this page" : hint
  }
}

interface ProblemBody {
  readonly detail?: string
  readonly title?: string
  readonly code?: string
  readonly hint?: string
}

/** Exchanges the code of a link once; without one the cookie must be there already. The code leaves the address bar at once. */
export async function openSession(hash: string): Promise<void> {
  const code = /^#code=(.+)$/.exec(hash)?.[1]
  if (!code) return
  history.replaceState(null, '', location.pathname)
  await post('/v1/console/sessions', { code }, newKey())
}

/** @throws ConsoleProblem when refused, TypeError when there was no answer */
export async function get<Answer>(path: string): Promise<Answer> {
  return (await answerOf(await fetch(path, { headers: { accept: 'application/json' } }))) as Answer
}

/** With the same `key` and body the API does it once, however often it is sent. @throws as `get` */
export async function post(path: string, body: unknown, key: string): Promise<void> {
  const headers = { accept: 'application/json', 'content-type': 'application/json', 'idempotency-key': key }
  await answerOf(await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) }))
}

export const newKey = (): string => crypto.randomUUID()

/** False where it may have been done although there was no good answer: then only the same key is safe. */
export const isFinal = (error: unknown): boolean =>
  error instanceof ConsoleProblem && error.status < 500 && error.code !== 'request-in-flight'

async function answerOf(answer: Response): Promise<unknown> {
  const json: unknown = await answer.json().catch(() => ({}))
  if (answer.ok) return json
  throw new ConsoleProblem(answer.status, json as ProblemBody)
}
