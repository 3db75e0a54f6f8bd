/** The stage `limit`: every request pays its cost from its client's bucket before its body is read. */
import { isIPv6 } from 'node:net'
import type { Limit } from '../../adapters/limit/limit.ts'
import type { CostClass } from '../../domain/rate-limit.ts'
import { chargeOf, rateLimited, rateLimitFields } from '../../domain/rate-limit.ts'
import type { ApiSettings } from '../dependencies.ts'
import type { ApiMetrics } from '../metrics.ts'
import type { ApiContext } from '../middleware/state.ts'

/** Sets the `RateLimit` fields. @throws Problem rate-limited, or database-unavailable: without the database, no request passes */
export type LimitRequest = (ctx: ApiContext, cost: CostClass) => Promise<void>

export const limitRequests =
  (
    limit: Pick<Limit, 'charge'>,
    metrics: Pick<ApiMetrics, 'refusedRequests'>,
    { rateLimit }: Pick<ApiSettings, 'rateLimit'>,
  ): LimitRequest =>
  async (ctx, cost) => {
    const charge = chargeOf(clientOf(ctx), cost, rateLimit)
    if (!charge) return
    const charged = await limit.charge(charge)
    ctx.set(rateLimitFields(charge, charged))
    if (charged.granted) return
    metrics.refusedRequests.inc({ cost })
    throw rateLimited(charge, charged)
  }

/** The client: its key, which console sessions that the key opened share; without a valid credential, its address. */
export function clientOf({ state: { principal, arrival } }: ApiContext): string {
  if (principal)
    return principal.keyId === null ? `actor:${principal.actor.kind}:${principal.actor.id}` : `key:${principal.keyId}`
  return `address:${network(arrival.client)}`
}

/** The network of an address: an IPv6 client can choose from a whole /64. An address from a header may be any text, so it is cut. */
export function network(address: string): string {
  if (!isIPv6(address)) return address.slice(0, 64)
  const [head = '', tail] = address.replace(/%.*$/, '').split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
