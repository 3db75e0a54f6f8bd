/** Sends one request to an API server over TLS, without a client library. The cluster's own authority must have signed its certificate. */
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'

export interface ApiServer {
  readonly url: string
  /** Path of the authority's certificate. */
  readonly authority: string
  readonly token: string
}

export interface Answer {
  readonly status: number
  readonly body: string
}

const patienceMs = 5_000

/** @param body JSON; a request with a body is a POST. @throws Error when no server answers, or one with another authority's certificate */
export function ask({ url, authority, token }: ApiServer, path: string, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const method = body === undefined ? 'GET' : 'POST'
    const options = { method, ca: readFileSync(authority), headers, timeout: patienceMs }
    const asking = request(new URL(path, url), options, (response) => {
      text(response).then((said) => resolve({ status: response.statusCode ?? 0, body: said }), reject)
    })
    asking.once('timeout', () => asking.destroy(new Error('it does not answer')))
    asking.once('error', reject)
    asking.end(body)
  })
}

/** Whether the API server answers `path` with 200. */
export const answers = (server: ApiServer, path: string): Promise<boolean> =>
  ask(server, path).then(
    ({ status }) => status === 200,
    () => false,
  )
