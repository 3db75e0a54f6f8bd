/** The client's address, and the host that it asked for: from a trusted proxy, else from the connection. */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { TrustedProxies } from '../../adapters/trusted-proxies.ts'

/** A request as its client made it, in front of every trusted proxy. */
export interface Arrival {
  readonly client: string
  readonly protocol: 'http' | 'https'
  /** Name and port that the client asked for. It is not checked yet. */
  readonly host: string
}

export function arrivalOf(request: IncomingMessage, isTrusted: TrustedProxies): Arrival {
  const peer = plain(request.socket.remoteAddress ?? '')
  const host = request.headers.host ?? ''
  if (!isTrusted(peer)) return { client: peer, protocol: 'http', host }
  return {
    client: clientOf(peer, forwarded(request, 'x-forwarded-for'), isTrusted),
    protocol: forwarded(request, 'x-forwarded-proto').at(-1)?.toLowerCase() === 'https' ? 'https' : 'http',
    host: forwarded(request, 'x-forwarded-host').at(-1) || host,
  }
}

/**
 * Each proxy appends the address of its own peer. So entries are believed from the end of the list, as long as a trusted proxy wrote them.
 * Entries before the first untrusted address were written by that address. An entry that is no address ends the list too.
 */
function clientOf(peer: string, addresses: readonly string[], isTrusted: TrustedProxies): string {
  let client = peer
  for (const address of addresses.toReversed().map(plain)) {
    if (isIP(address) === 0) return client
    client = address
    if (!isTrusted(client)) return client
  }
  return client
}

/** The values in the order in which proxies added them. The peer itself wrote the last one. */
const forwarded = (request: IncomingMessage, name: string): readonly string[] =>
  [request.headers[name] ?? []]
    .flat()
    .join(',')
    .split(',')
    .map((value) => value.trim())

/** An address alone, without the port that some proxies add. */
function plain(address: string): string {
  const [, bracketed, dotted] = /^(?:\[([0-9a-f:.]+)\](?::\d{1,5})?|(\d+(?:\.\d+){3}):\d{1,5})$/i.exec(address) ?? []
  const bare = bracketed ?? dotted ?? address
  return bare.toLowerCase().startsWith('::ffff:') && bare.includes('.') ? bare.slice('::ffff:'.length) : bare
}
