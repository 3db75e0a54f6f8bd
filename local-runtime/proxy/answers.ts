/** The proxy's own answers to users: RFC 9457 with the status's phrase as title. They say nothing about what is behind the proxy. */
import { STATUS_CODES } from 'node:http'
import type { ServerResponse } from 'node:http'

const details = {
  400: 'the request cannot be passed on as it is',
  405: 'the method is not passed on',
  408: 'the request did not come in time',
  413: 'the request is too large',
  417: 'the expectation is not known',
  431: 'the headers are too large',
  500: 'the request could not be handled',
  501: 'the transfer coding is not known',
  502: 'the service did not complete its answer',
  503: 'no healthy instance of the service is available',
  504: 'the service did not answer in time',
  505: 'the version of HTTP is not known',
} as const

type Status = keyof typeof details

/** The statuses that the proxy refuses a request with before any version gets it. */
export type RefusedStatus = 400 | 405 | 408 | 413 | 417 | 431 | 501 | 505

/** The methods that a 405 names. The proxy passes on nearly every method. */
export const allowed = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE'

const retryAfterSeconds = 1

export const problemBody = (status: Status): string =>
  JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail: details[status] })

/** Ends `response` with a problem of this status. Where headers have been sent, it cuts the connection instead. */
export function answerProblem(response: ServerResponse, status: Status): void {
  if (response.destroyed || response.writableEnded) return
  if (response.headersSent) return void response.destroy()
  const body = problemBody(status)
  response.sendDate = true
  // The reason phrase is passed explicitly. Node keeps a phrase that it has just refused to write, and would refuse this head too.
  response.writeHead(status, STATUS_CODES[status] ?? '', [
    ...[
      'content-type',
      'application/problem+json',
      'content-length',
      String(Buffer.byteLength(body)),
      'cache-control',
      'no-store',
    ],
    ...(status === 503 ? ['retry-after', String(retryAfterSeconds)] : []),
    ...(status === 405 ? ['allow', allowed] : []),
  ])
  response.end(body)
}
