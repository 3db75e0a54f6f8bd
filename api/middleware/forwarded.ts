/** Finds out where a request comes from. It runs before everything that uses it. */
import type { TrustedProxies } from '../../adapters/trusted-proxies.ts'
import { arrivalOf } from './arrival.ts'
import type { Middleware } from './state.ts'

export const forwarded =
  (isTrusted: TrustedProxies): Middleware =>
  async (ctx, next) => {
    ctx.state.arrival = arrivalOf(ctx.req, isTrusted)
    await next()
  }
