/** The proxy's own answers to users: RFC 9457 with the status's phrase as title, and nothing of what is behind it. */
import { STATUS_CODES } from 'node:http'
import type { ServerResponse } from 'node:http'

const details = {
  400: 'the request cannot be passed on as it is',
  502: 'the service did not complete its answer',
  503: 'no healthy instance of the service is available',
  504: 'the service did not answer in time',
} as const

const retryAfterSeconds = 1

/** Ends `response` with a problem of this status, or cuts the connection where headers have gone out. */
export function answerProblem(response: ServerResponse, status: keyof typeof details): void {
  if (response.destroyed || response.writableEnded) return
  if (response.headersSent) return void response.destroy()
  const body = JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail: details[status] })
  response.sendDate = true
  response.writeHead(status, [
    ...[
      'content-type',
      'application/problem+json',
      'content-length',
      String(Buffer.byteLength(body)),
      'cache-control',
      'no-store',
    ],
    ...(status === 503 ? ['retry-after', String(retryAfterSeconds)] : []),
  ])
  response.end(body)
}
