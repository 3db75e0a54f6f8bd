/** Who is really asking, behind proxies that are trusted. */
import type { ApiContext } from './state.ts'

/** The peer; where that is a trusted proxy, the last address it was told that is not one. */
export function clientAddress(ctx: ApiContext, trustedProxies: readonly string[]): string {
  const peer = plain(ctx.req.socket.remoteAddress ?? '')
  if (!trustedProxies.includes(peer)) return peer
  const told = ctx
    .get('X-Forwarded-For')
    .split(',')
    .map((part) => plain(part.trim()))
  return told.findLast((address) => address !== '' && !trustedProxies.includes(address)) ?? peer
}

const plain = (address: string): string => (address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address)
