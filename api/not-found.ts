/** The answer when no route matches: 404, or 405 with the methods that the path allows. */
import type Router from '@koa/router'
import { Problem } from '../domain/problem.ts'
import type { LimitRequest } from './stages/limit.ts'
import type { ApiState, Middleware } from './middleware/state.ts'

export const notFound =
  (router: Router<ApiState>, limit: LimitRequest): Middleware =>
  async (ctx) => {
    await limit(ctx, 'read')
    const allow = [...new Set(router.stack.filter((layer) => layer.match(ctx.path)).flatMap(({ methods }) => methods))]
    if (allow.length === 0) throw new Problem('not-found', `there is no ${ctx.path}`, { hint: '/docs lists every route' })
    throw notTaken(ctx.method, allow)
  }

/** 405 with the allowed methods. */
export const notTaken = (method: string, allow: readonly string[]): Problem =>
  new Problem('method-not-allowed', `${method} is not allowed here`, { hint: `allowed: ${allow.join(', ')}`, more: { allow } })
