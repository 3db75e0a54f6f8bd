/**
 * Rewrites the target as a path and a query, which all later code expects. A proxy may send a whole address (RFC 9112, 3.2.2). Any other
 * target becomes a path that does not exist, because later code would fail to parse it.
 */
import type { Middleware } from './state.ts'

export const requestTarget: Middleware = async (ctx, next) => {
  ctx.req.url = pathOf(ctx.req.url ?? '/')
  await next()
}

export function pathOf(target: string): string {
  if (target.startsWith('/')) return target
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return `/${encodeURIComponent(target)}`
  const { pathname, search } = new URL(target)
  return `${pathname}${search}`
}
