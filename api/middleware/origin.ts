/**
 * Keeps pages of other origins away from an API on loopback that starts processes. `Host` must be an allowed host, which a rebound name is
 * not. `Origin`, if sent, must match the requested host. Behind a trusted proxy, the requested host is the one that the proxy reports, and
 * it must be allowed too: a rebound page comes from loopback, where the proxy may be, and can write any header.
 */
import { Problem } from '../../domain/problem.ts'
import type { ApiContext, Middleware } from './state.ts'

const loopback = ['127.0.0.1', 'localhost', '[::1]']

/** @param isExpected whether a page of another origin may make this request */
export function origin(
  allowedHosts: readonly string[],
  consoleUrl: string,
  isExpected: (ctx: ApiContext) => boolean,
): Middleware {
  const consoleOrigin = URL.canParse(consoleUrl) ? new URL(consoleUrl).origin : null
  return async (ctx, next) => {
    const { host } = ctx.state.arrival
    // Of two Host headers, Node reads the first, and a proxy before the API may read the other.
    const names = [host, ...(ctx.req.headersDistinct.host ?? [''])]
    if (names.length > 2 || !names.every((name) => isAllowed(name, allowedHosts)))
      throw new Problem('wrong-origin', 'the API does not answer for this host', {
        hint: 'HOLDFAST_ALLOWED_HOSTS allows further hosts',
      })
    if (isExpected(ctx)) return next()
    const from = ctx.get('Origin')
    if (from !== '' && from !== consoleOrigin && hostOf(from) !== host)
      throw new Problem('wrong-origin', 'pages of another origin may not ask this API')
    // Browsers send this even when they leave out Origin.
    if (ctx.get('Sec-Fetch-Site') === 'cross-site' && ctx.get('Sec-Fetch-Mode') !== 'navigate')
      throw new Problem('wrong-origin', 'pages of another site may not ask this API')
    await next()
  }
}

function isAllowed(host: string, allowed: readonly string[]): boolean {
  if (allowed.includes(host)) return true
  const [, name] = /^(\[[0-9a-f:]+\]|[^:@/\s]+)(?::\d{1,5})?$/i.exec(host) ?? []
  return name !== undefined && (loopback.includes(name.toLowerCase()) || allowed.includes(name))
}

const hostOf = (from: string): string | null =>
  URL.canParse(from) && /^https?:/.test(from) ? from.replace(/^https?:\/\//, '') : null
