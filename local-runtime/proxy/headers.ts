/** What a proxy changes in headers: it drops hop-by-hop headers and adds the client's address. All others keep order, case and repeats. */
import { directName } from './direct.ts'

/** `transfer-encoding` and `connection` are not in the list, because the code below reads them. */
const hopByHop = new Set(['keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'upgrade'])

/** What the proxy needs of a request's headers, found in one pass over the raw list. `request.headers` would parse all of them. */
export interface RequestHead {
  /** For the backend, as a flat list of names and values. */
  readonly headers: string[]
  readonly direct: string | undefined
  readonly cookie: string | undefined
  readonly hasBody: boolean
}

export interface Peer {
  readonly address: string
  readonly proto: string
}

/**
 * A request's headers for its backend.
 * @param upgrade keeps the protocol that the request asks to switch to; without it any `upgrade` is dropped
 */
export function requestHead(raw: readonly string[], method: string, peer: Peer, upgrade: boolean): RequestHead {
  const named = namedByConnection(raw)
  const seen: HeadersRead = {}
  const headers: string[] = []
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    const lower = name.toLowerCase()
    if (lower === 'connection' || hopByHop.has(lower) || named?.has(lower)) continue
    const kept = takeRequestHeader(seen, lower, raw[at + 1] ?? '')
    if (kept !== undefined) headers.push(name, kept)
  }
  const { direct, cookie, host, length, chunked = false, trailer, trailers } = seen
  headers.push('x-forwarded-for', peer.address, 'x-forwarded-proto', peer.proto)
  // HTTP/1.0 clients may leave it out, but the proxy sends HTTP/1.1, which needs it.
  if (host === undefined) headers.push('host', 'localhost')
  else headers.push('x-forwarded-host', host)
  const options = [...(upgrade ? ['upgrade'] : []), ...(trailers ? ['TE'] : [])]
  if (options.length > 0) headers.push('connection', options.join(', '))
  if (upgrade) headers.push('upgrade', upgradeOf(raw))
  if (chunked) headers.push('transfer-encoding', 'chunked')
  // Announced trailers can only follow chunks. Node refuses to write the header without them.
  if (chunked && trailer !== undefined) headers.push('trailer', trailer)
  const hasBody = chunked || Number(length ?? 0) > 0
  // Without either, Node would announce a chunked body for these methods.
  if (!hasBody && length === undefined && !bodiless.has(method)) headers.push('content-length', '0')
  return { headers, direct, cookie, hasBody }
}

interface HeadersRead {
  direct?: string
  cookie?: string
  host?: string
  length?: string
  chunked?: boolean
  /** The trailers that the request announces. */
  trailer?: string
  /** True where the client accepts trailers. */
  trailers?: boolean
}

/** The value to pass on, or undefined when the proxy drops this header. */
function takeRequestHeader(seen: HeadersRead, lower: string, value: string): string | undefined {
  switch (lower) {
    case directName:
      seen.direct = value
      return undefined
    case 'cookie':
      seen.cookie = seen.cookie === undefined ? value : `${seen.cookie}; ${value}`
      return withoutSession(value)
    case 'host':
      return (seen.host = value)
    case 'content-length':
      return (seen.length = value)
    case 'transfer-encoding':
      seen.chunked = true
      return undefined
    case 'trailer':
      seen.trailer = seen.trailer === undefined ? value : `${seen.trailer}, ${value}`
      return undefined
    case 'te':
      // The proxy may ask only for a coding that it understands itself.
      if (seen.trailers || !/(^|,)\s*trailers\s*(,|$)/i.test(value)) return undefined
      seen.trailers = true
      return 'trailers'
    default:
      return isForwarded(lower) ? undefined : value
  }
}

/**
 * Headers in which a client claims who sent the request. No trusted server stands in front of the proxy, so it drops them all and writes
 * its own (docs/threat-model.md). Names with underscores are dropped too, because servers that read headers like CGI take them for the
 * same.
 */
function isForwarded(lower: string): boolean {
  const name = lower.includes('_') ? lower.replaceAll('_', '-') : lower
  return name.startsWith('x-forwarded-') || forwarding.has(name)
}

const forwarding = new Set(['forwarded', 'x-real-ip', 'x-client-ip', 'x-cluster-client-ip', 'true-client-ip', 'client-ip'])

/**
 * The console's session cookie, by the name that the API gives it. Browsers send cookies to a host whatever the port, so a service on the
 * same host would get it.
 */
export const sessionCookie = 'holdfast_session'

function withoutSession(cookie: string): string | undefined {
  if (!cookie.includes(sessionCookie)) return cookie
  const kept = cookie.split(';').filter((part) => part.split('=', 1)[0]?.trim() !== sessionCookie)
  return kept.length === 0 ? undefined : kept.join(';').trim()
}

const bodiless = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'])

/** Methods that the proxy may send again when no byte of an answer came. */
export const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

/**
 * An answer's headers for the client. Node writes the framing itself: it depends on the client's version of HTTP, not on the backend's.
 * @param body what can follow: `none` after HEAD, 204 and 304, `plain` to an HTTP/1.0 client
 * @throws TypeError for an unknown transfer coding, because the proxy cannot read its body
 */
export function responseHeaders(raw: readonly string[], body: 'none' | 'plain' | 'chunks', status: number): ResponseHead {
  const named = namedByConnection(raw)
  const headers: string[] = []
  const trailers: string[] = []
  let length = false
  let stream = false
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    const value = raw[at + 1] ?? ''
    const lower = name.toLowerCase()
    if (lower === 'connection' || hopByHop.has(lower) || named?.has(lower)) continue
    if (lower === 'transfer-encoding') {
      if (!/^(chunked|identity)?$/i.test(value)) throw new TypeError('an unknown transfer coding')
      continue
    }
    if (lower === 'content-length') {
      if (status === 204 || status < 200) continue
      length = true
    } else if (lower === 'trailer') {
      trailers.push(name, value)
      continue
    } else if (lower === 'set-cookie' && value.split('=', 1)[0]?.trim() === sessionCookie) continue
    else if (lower === 'content-type') stream = value.toLowerCase().startsWith('text/event-stream')
    headers.push(name, value)
  }
  if (body === 'chunks' && !length) headers.push(...trailers)
  return { headers, length, stream }
}

export interface ResponseHead {
  readonly headers: string[]
  /** True where the answer has a length. An answer without one may be a stream. */
  readonly length: boolean
  /** True for an event stream, which has no end of its own. */
  readonly stream: boolean
}

/**
 * Names in `connection` that have no effect: its own options, and headers that decide where a message ends or who is believed to have sent
 * it. A client that could strip `content-length` would smuggle a second request in the body of the first.
 */
const ours = new Set([
  'keep-alive',
  'close',
  'upgrade',
  'te',
  'content-length',
  'transfer-encoding',
  'host',
  'trailer',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
])

/** Headers that `connection` declares to be for this hop only; undefined in the usual case, where it names none. */
function namedByConnection(raw: readonly string[]): Set<string> | undefined {
  let named: Set<string> | undefined
  for (let at = 0; at < raw.length; at += 2) {
    if (raw[at]?.length !== 10 || raw[at]?.toLowerCase() !== 'connection') continue
    for (const token of (raw[at + 1] ?? '').toLowerCase().split(',')) {
      const name = token.trim()
      if (name && !ours.has(name)) {
        named ??= new Set()
        named.add(name)
      }
    }
  }
  return named
}

function upgradeOf(raw: readonly string[]): string {
  for (let at = 0; at < raw.length; at += 2) if (raw[at]?.toLowerCase() === 'upgrade') return raw[at + 1] ?? ''
  return ''
}
