/** Writes one line and one measurement per request. It never writes a header, a query or a body, because they may hold secrets. */
import { context } from '@opentelemetry/api'
import type { Logger } from 'pino'
import type { ApiMetrics } from '../metrics.ts'
import type { ApiContext, Middleware } from './state.ts'

const quiet = ['/livez', '/readyz', '/startupz', '/health', '/metrics']

/** Whether only machines request this path, all the time. */
export const isQuiet = (path: string): boolean => quiet.includes(path)

export const accessLog =
  (log: Logger, metrics: ApiMetrics): Middleware =>
  async (ctx, next) => {
    const begun = performance.now()
    const finish = () => {
      const durationMs = Math.round((performance.now() - begun) * 100) / 100
      const route = routeOf(ctx)
      const status = statusOf(ctx)
      metrics.requestSeconds.observe({ method: ctx.method, route, status: String(status) }, durationMs / 1_000)
      const line = {
        requestId: ctx.state.requestId,
        method: ctx.method,
        path: ctx.path,
        route,
        status,
        durationMs,
        actor: ctx.state.principal?.actor.id,
        client: ctx.state.arrival.client,
      }
      log[isQuiet(ctx.path) ? 'debug' : 'info'](line, 'request')
    }
    // A stream ends with its last byte, or when its reader leaves. By then the request's trace is no longer active, so it is bound here.
    ctx.res.once('close', context.bind(context.active(), finish))
    await next()
  }

/** Whether the client left while it was still sending. Then there is no one to answer, and nothing failed here. */
export const hasBrokenOff = ({ req, res }: ApiContext): boolean => !req.complete && req.destroyed && !res.headersSent

/** The status of the answer; 499, the usual code, when the client broke off its upload. */
export const statusOf = (ctx: ApiContext): number => (hasBrokenOff(ctx) ? 499 : ctx.status)

/** The path of the route with the names of its parameters; `none` when no route matched. */
export const routeOf = (ctx: ApiContext): string => (ctx as { _matchedRoute?: unknown })._matchedRoute?.toString() ?? 'none'
