/**
 * Keeps pages of other origins away from a loopback API that starts processes. `Host` must be one of ours, which a rebound name is not, and
 * `Origin`, where there is one, must be the host that was asked. Behind a trusted proxy this is the host that the proxy tells, which must
 * be ours too: a rebound page comes from loopback, where the proxy may be, and writes any header.
 */
import { Problem } from '../../domain/problem.ts'
import type { ApiContext, Middleware } from './state.ts'

const loopback = ['127.0.0.1', 'localhost', '[::1]']

/** @param isExpected is this a request that a page of another origin makes by right? */
export function origin(
  allowedHosts: readonly string[],
  consoleUrl: string,
  isExpected: (ctx: ApiContext) => boolean,
): Middleware {
  const consoleOrigin = URL.canParse(consoleUrl) ? new URL(consoleUrl).origin : null
  return async (ctx, next) => {
    const { host } = ctx.state.arrival
    // Of two Host headers, Node reads the first. A proxy before us may read the other.
    const names = [host, ...(ctx.req.headersDistinct.host ?? [''])]
    if (names.length > 2 || !names.every((name) => isAllowed(name, allowedHosts)))
      throw new Problem('wrong-origin', 'this host is not answered', { hint: 'HOLDFAST_ALLOWED_HOSTS names further ones' })
    if (isExpected(ctx)) return next()
    const from = ctx.get('Origin')
    if (from !== '' && from !== consoleOrigin && hostOf(from) !== host)
      throw new Problem('wrong-origin', 'pages of another origin may not ask this API')
    // Browsers send this even where they leave Origin out.
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
