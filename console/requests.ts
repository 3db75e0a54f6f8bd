/** Asking the API: same origin, by the cookie, problems as errors that say their remedy. */

export class ConsoleProblem extends Error {
  readonly status: number
  readonly hint: string | undefined

  constructor(status: number, detail: string, hint: string | undefined) {
    super(detail)
    this.status = status
    this.hint = hint
  }
}

/** Exchanges the code of a link once; without one the cookie must be there already. The code leaves the address bar at once. */
export async function openSession(hash: string): Promise<void> {
  const code = /^#code=(.+)$/.exec(hash)?.[1]
  if (!code) return
  history.replaceState(null, '', location.pathname)
  await ask('POST', '/v1/console/sessions', { code })
}

export const get = <Answer>(path: string): Promise<Answer> => ask('GET', path) as Promise<Answer>

/** Each click is one key: a repeat by the network has no second effect. */
export async function ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
  const sent = method === 'GET' ? {} : { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() }
  const answer = await fetch(path, {
    method,
    headers: { accept: 'application/json', ...sent },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const json = (await answer.json().catch(() => ({}))) as { detail?: string; title?: string; hint?: string }
  if (answer.ok) return json
  const hint = answer.status === 401 ? "'holdfast console' prints a link that opens this page" : json.hint
  throw new ConsoleProblem(answer.status, json.detail ?? json.title ?? `the API answered ${answer.status}`, hint)
}
