/** Gives every request an id, by which its logs, problems and traces can be found. A caller's own id is used if it is harmless. */
import { randomUUID } from 'node:crypto'
import type { Middleware } from './state.ts'

const harmless = /^[A-Za-z0-9._-]{8,128}$/

export const requestId: Middleware = async (ctx, next) => {
  const given = ctx.get('X-Request-Id')
  ctx.state.requestId = harmless.test(given) ? given : randomUUID()
  ctx.state.principal = null
  ctx.set('X-Request-Id', ctx.state.requestId)
  await next()
}
