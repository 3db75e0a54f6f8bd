/** What a proxy changes in headers: hop-by-hop ones end here, the client's address is added. All else keeps order, case and repeats. */
import { directName } from './direct.ts'

/** `transfer-encoding` and `connection` are not here: they are looked at. */
const hopByHop = new Set(['keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'upgrade'])

/** What of a request's headers matters to the proxy, found in one pass over the raw list: `request.headers` would parse them all. */
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

/** @param upgrade the protocol that this request wants to switch to, kept; otherwise any `upgrade` is dropped */
export function requestHead(raw: readonly string[], method: string, peer: Peer, upgrade: boolean): RequestHead {
  const named = namedByConnection(raw)
  const headers: string[] = []
  let direct: string | undefined
  let cookie: string | undefined
  let forwardedFor: string | undefined
  let host: string | undefined
  let proto = false
  let forwardedHost = false
  let length: string | undefined
  let chunked = false
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    const value = raw[at + 1] ?? ''
    const lower = name.toLowerCase()
    if (lower === 'connection' || hopByHop.has(lower) || named?.has(lower)) continue
    if (lower === directName) {
      direct = value
      continue
    }
    if (lower === 'x-forwarded-for') {
      forwardedFor = forwardedFor === undefined ? value : `${forwardedFor}, ${value}`
      continue
    }
    if (lower === 'te' && !value.toLowerCase().includes('trailers')) continue
    if (lower === 'host') host = value
    else if (lower === 'cookie') cookie = cookie === undefined ? value : `${cookie}; ${value}`
    else if (lower === 'x-forwarded-proto') proto = true
    else if (lower === 'x-forwarded-host') forwardedHost = true
    else if (lower === 'content-length') length = value
    else if (lower === 'transfer-encoding') chunked = true
    headers.push(name, value)
  }
  headers.push('x-forwarded-for', forwardedFor === undefined ? peer.address : `${forwardedFor}, ${peer.address}`)
  if (!proto) headers.push('x-forwarded-proto', peer.proto)
  // HTTP/1.0 clients may leave it out; what goes on is HTTP/1.1.
  if (host === undefined) headers.push('host', 'localhost')
  if (!forwardedHost && host !== undefined) headers.push('x-forwarded-host', host)
  if (upgrade) headers.push('connection', 'upgrade', 'upgrade', upgradeOf(raw))
  const hasBody = chunked || (length !== undefined && length !== '0')
  // Without either, Node would announce a chunked body for these methods.
  if (!hasBody && length === undefined && !bodiless.has(method)) headers.push('content-length', '0')
  return { headers, direct, cookie, hasBody }
}

const bodiless = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'])

/** Methods that may be sent again when nothing of an answer came. */
export const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

/** An answer's headers for the client. Framing is Node's own: it depends on what the client speaks, not on what the backend spoke. */
export function responseHeaders(raw: readonly string[]): { headers: string[]; length: boolean; stream: boolean } {
  const named = namedByConnection(raw)
  const headers: string[] = []
  let length = false
  let stream = false
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    const value = raw[at + 1] ?? ''
    const lower = name.toLowerCase()
    if (lower === 'connection' || hopByHop.has(lower) || named?.has(lower)) continue
    if (lower === 'transfer-encoding' && value.toLowerCase() === 'chunked') continue
    if (lower === 'content-length') length = true
    else if (lower === 'content-type') stream = value.toLowerCase().startsWith('text/event-stream')
    headers.push(name, value)
  }
  return { headers, length, stream }
}

/**
 * What `connection` may name without effect: options of its own, and headers that decide where a message ends or who is believed to have
 * sent it. A client that could strip `content-length` would smuggle a second request in the body of the first.
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

/** Headers that `connection` declares to be of this hop only; undefined in the usual case, where it names none. */
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
