/** One line and one measurement per request. Never a header, a query or a body: they may hold what is secret. */
import { trace } from '@opentelemetry/api'
import type { Logger } from 'pino'
import type { ApiMetrics } from '../metrics.ts'
import { clientAddress } from './client-address.ts'
import type { ApiContext, Middleware } from './state.ts'

const quiet = ['/livez', '/readyz', '/startupz', '/health', '/metrics']

export const accessLog =
  (log: Logger, metrics: ApiMetrics, trustedProxies: readonly string[]): Middleware =>
  async (ctx, next) => {
    const begun = performance.now()
    const finish = () => {
      const durationMs = Math.round((performance.now() - begun) * 100) / 100
      const route = routeOf(ctx)
      metrics.requestSeconds.observe({ method: ctx.method, route, status: String(ctx.status) }, durationMs / 1_000)
      const line = {
        requestId: ctx.state.requestId,
        traceId: trace.getActiveSpan()?.spanContext().traceId,
        method: ctx.method,
        path: ctx.path,
        route,
        status: ctx.status,
        durationMs,
        actor: ctx.state.principal?.actor.id,
        client: clientAddress(ctx, trustedProxies),
      }
      log[quiet.includes(ctx.path) ? 'debug' : 'info'](line, 'request')
    }
    // A stream is over when its last byte is out, or when its reader is gone.
    ctx.res.once('close', finish)
    await next()
  }

const routeOf = (ctx: ApiContext): string => (ctx as { _matchedRoute?: unknown })._matchedRoute?.toString() ?? 'none'
