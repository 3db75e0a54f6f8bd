/** Before everything that says or asks where a request comes from: what is told of it, by a proxy that is trusted. */
import type { TrustedProxies } from '../../adapters/trusted-proxies.ts'
import { arrivalOf } from './arrival.ts'
import type { Middleware } from './state.ts'

export const forwarded =
  (isTrusted: TrustedProxies): Middleware =>
  async (ctx, next) => {
    ctx.state.arrival = arrivalOf(ctx.req, isTrusted)
    await next()
  }
