/**
 * Makes a span per request, as part of the caller's trace where it sends `traceparent`. The span never holds a header, a query or a body.
 */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, context, propagation, trace } from '@opentelemetry/api'
import { isQuiet, routeOf, statusOf } from './access-log.ts'
import type { Middleware } from './state.ts'

const tracer = trace.getTracer('holdfast.api')

export const traceRequests: Middleware = async (ctx, next) => {
  if (isQuiet(ctx.path)) return next()
  const caller = propagation.extract(ROOT_CONTEXT, ctx.req.headers)
  const attributes = {
    'http.request.method': ctx.method,
    'url.path': ctx.path,
    'url.scheme': ctx.state.arrival.protocol,
    'holdfast.request.id': ctx.state.requestId,
  }
  const span = tracer.startSpan(ctx.method, { kind: SpanKind.SERVER, attributes }, caller)
  // A stream ends with its last byte, or when its reader leaves.
  ctx.res.once('close', () => {
    const route = routeOf(ctx)
    span.updateName(`${ctx.method} ${route}`)
    span.setAttributes({ 'http.route': route, 'http.response.status_code': statusOf(ctx) })
    if (statusOf(ctx) >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
  })
  await context.with(trace.setSpan(caller, span), next)
}
