/** An answer on its way to the client: headers at once, then the body as it comes, then trailers; cut where the backend's was cut. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { responseHeaders } from './headers.ts'

export interface Relayed {
  /** Ends by length; without one it may be a stream. */
  readonly length: boolean
  /** An event stream: it has no end of its own. */
  readonly stream: boolean
}

/** Writes the head. @throws TypeError when the backend's headers cannot be passed on: nothing has been written then */
export function relayHead(answer: IncomingMessage, response: ServerResponse, setCookie: string | undefined): Relayed {
  const { headers, length, stream } = responseHeaders(answer.rawHeaders)
  if (setCookie !== undefined) headers.push('set-cookie', setCookie)
  response.sendDate = false
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', headers)
  return { length, stream }
}

/**
 * Pumps the body. By hand rather than by `pipe`, whose listeners and unpiping cost a tenth of the throughput of short answers.
 * @param brokenOff called when the backend has gone before the body's end, with a client that still waits for it
 */
export function relayBody(answer: IncomingMessage, response: ServerResponse, brokenOff: () => void): void {
  let written = false
  answer.on('data', (chunk: Buffer) => {
    written = true
    if (!response.write(chunk)) answer.pause()
  })
  response.on('drain', () => answer.resume())
  answer.on('end', () => {
    if (answer.rawTrailers.length > 0) response.addTrailers(pairs(answer.rawTrailers))
    response.end()
  })
  const cut = () => {
    if (answer.complete || response.destroyed) return
    // A stream that we have closed ourselves has ended.
    if (!response.writableEnded) brokenOff()
    response.destroy()
  }
  answer.on('error', cut)
  answer.on('close', cut)
  // Headers and a body that came with them leave in one packet; headers that came alone (a stream's) must not wait for it.
  process.nextTick(() => {
    if (!written && !answer.complete) response.flushHeaders()
  })
}

/** Early hints, one link each as Node wants them. It knows fewer forms of a link than there are: such hints are left out. */
export function relayHints(headers: IncomingHttpHeaders, response: ServerResponse): void {
  if (response.headersSent) return
  const link = String(headers['link'] ?? '').split(/,\s*(?=<)/)
  try {
    response.writeEarlyHints({ ...(headers as Record<string, string | string[]>), link })
  } catch {
    // Thrown where nobody listens, it would end the runtime; and a hint promises nothing.
  }
}

/** Trailers as Node wants them. */
export function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length >> 1 }, (_, index) => [raw[index * 2] ?? '', raw[index * 2 + 1] ?? ''])
}
