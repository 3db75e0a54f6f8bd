/**
 * What a request asks for, in the form that everything behind this reads: a path and a query. A proxy may send a whole address (RFC 9112,
 * 3.2.2); what is neither becomes a path that is not there, for reading it would throw wherever it is first read.
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
