/** Passes an answer on to the client: headers at once, then the body as it comes, then trailers. It cuts off where the backend's did. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Faults } from './faults.ts'
import { responseHeaders } from './headers.ts'
import type { ResponseHead } from './headers.ts'

/** Writes the head. @throws TypeError, before anything is written, when the backend's headers cannot be passed on */
export function relayHead(answer: IncomingMessage, response: ServerResponse, setCookie: string | undefined): ResponseHead {
  const { statusCode: status = 502, httpVersion, rawHeaders } = answer
  const { method, httpVersion: spoken } = response.req
  if (status < 200) throw new TypeError('a switch of protocols that nobody asked for')
  if (httpVersion === '1.0' && answer.headers['transfer-encoding'] !== undefined) throw new TypeError('chunks in HTTP/1.0')
  // HTTP/1.0 knows no chunks, but Node sends them to such a client where it says `te: chunked`.
  if (spoken === '1.0') response.useChunkedEncodingByDefault = false
  const body = method === 'HEAD' || status === 204 || status === 304 ? 'none' : spoken === '1.0' ? 'plain' : 'chunks'
  const head = responseHeaders(rawHeaders, body, status)
  if (setCookie !== undefined) head.headers.push('set-cookie', setCookie)
  response.sendDate = false
  response.writeHead(status, answer.statusMessage ?? '', head.headers)
  return head
}

export interface Body {
  readonly answer: IncomingMessage
  readonly response: ServerResponse
  readonly faults: Faults
  /** Called when the backend ends before the body does, while the client still waits for it. */
  brokenOff(): void
}

/** Passes the body on by hand, because the listeners and unpiping of `pipe` cost a tenth of the throughput of short answers. */
export function relayBody({ answer, response, faults, brokenOff }: Body): void {
  let written = false
  const broken = () => {
    answer.destroy()
    response.destroy()
  }
  const onAnswer = (event: string, handle: (chunk: Buffer) => void) => answer.on(event, faults.guarded('backend', handle, broken))
  onAnswer('data', (chunk) => {
    written = true
    if (!response.write(chunk)) answer.pause()
  })
  response.on(
    'drain',
    faults.guarded('proxy', () => void answer.resume()),
  )
  onAnswer('end', () => {
    if (answer.rawTrailers.length > 0 && response.chunkedEncoding) response.addTrailers(trailersOf(answer.rawTrailers))
    response.end()
  })
  const cut = () => {
    if (answer.complete || response.destroyed) return
    // A stream that the proxy has closed itself did not break off.
    if (!response.writableEnded) brokenOff()
    response.destroy()
  }
  onAnswer('error', cut)
  onAnswer('close', cut)
  // Headers and a body that came together leave in one packet. Headers that came alone (a stream's) must not wait for a body.
  process.nextTick(
    faults.guarded('proxy', () => {
      if (!written && !answer.complete) response.flushHeaders()
    }),
  )
}

/** Whether this client may still get an informational answer. HTTP/1.0 knows none. */
const hearsHints = (response: ServerResponse): boolean =>
  response.req.httpVersion !== '1.0' && !response.headersSent && !response.writableEnded && !response.destroyed

/** Passes 100, 102 and 103 on to the client as they come. Node writes no others. */
export function relayHints(status: number, headers: IncomingHttpHeaders, response: ServerResponse): void {
  if (!hearsHints(response)) return
  if (status === 100) return response.writeContinue()
  if (status === 102) return response.writeProcessing()
  if (status !== 103) return
  // Node wants one link per element. It refuses some valid forms of a link; those hints are left out.
  const link = String(headers['link'] ?? '').split(/,\s*(?=<)/)
  try {
    response.writeEarlyHints({ ...(headers as Record<string, string | string[]>), link })
  } catch {
    // A hint is optional.
  }
}

/** Fields that may not be trailers: they frame a message, or say who sent it or where it goes. */
const neverTrailing =
  /^(transfer-encoding|content-length|host|connection|te|trailer|upgrade|expect|cookie|set-cookie|authorization|forwarded|x-forwarded-.*|holdfast-.*)$/i

export function trailersOf(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length >> 1 }, (_, index): [string, string] => [
    raw[index * 2] ?? '',
    raw[index * 2 + 1] ?? '',
  ]).filter(([name]) => !neverTrailing.test(name))
}
