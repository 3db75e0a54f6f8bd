/** The application: middleware in one fixed order, then the routes of the registry. */
import Router from '@koa/router'
import Koa from 'koa'
import { declarationJsonSchema } from '../schema/declaration.ts'
import { openApi } from '../schema/openapi.ts'
import type { ApiDependencies } from './dependencies.ts'
import { createEngine } from './engine.ts'
import type { ApiMetrics } from './metrics.ts'
import { accessLog } from './middleware/access-log.ts'
import { forwarded } from './middleware/forwarded.ts'
import { isForTemporalUi, temporalUi } from './middleware/temporal-ui.ts'
import { origin } from './middleware/origin.ts'
import { problems } from './middleware/problems.ts'
import { requestId } from './middleware/request-id.ts'
import { requestTarget } from './middleware/request-target.ts'
import { securityHeaders } from './middleware/security-headers.ts'
import type { ApiState } from './middleware/state.ts'
import { traceRequests } from './middleware/trace-requests.ts'
import { notFound } from './not-found.ts'
import { pages } from './pages.ts'
import { pipeline } from './pipeline.ts'
import { routes } from './registry.ts'
import { authenticate } from './stages/authenticate.ts'
import type { LimitRequest } from './stages/limit.ts'
import { limitRequests } from './stages/limit.ts'
import { createStreamBound } from './stages/streams.ts'

/** @param stopping ends streams before the process ends */
export function createApp(dependencies: ApiDependencies, metrics: ApiMetrics, stopping: AbortSignal): Koa<ApiState> {
  const app = new Koa<ApiState>()
  const { settings, log } = dependencies
  // A stream whose reader has gone is no failure. Anything else that comes here has been answered already.
  app.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE' && error.code !== 'ECONNRESET') log.warn({ err: error }, 'answer failed')
  })
  const limit = limitRequests(dependencies.limit, metrics, settings)
  const router = createRouter(dependencies, metrics, limit, stopping)
  app.use(requestTarget)
  app.use(requestId)
  app.use(forwarded(settings.trustedProxies))
  app.use(traceRequests)
  app.use(accessLog(log, metrics))
  app.use(problems(log))
  app.use(securityHeaders())
  const ui = URL.canParse(settings.temporalUiUrl) ? new URL(settings.temporalUiUrl).origin : null
  app.use(origin(settings.allowedHosts, settings.consoleUrl, (ctx) => isForTemporalUi(ctx, ui)))
  app.use(temporalUi(ui))
  app.use(pages(settings.consoleFolder, openApi(routes, declarationJsonSchema(dependencies.declaration))))
  app.use(authenticate(dependencies.keys, dependencies.sessions))
  app.use(router.routes())
  app.use(notFound(router, limit))
  return app
}

function createRouter(
  opened: ApiDependencies,
  metrics: ApiMetrics,
  limit: LimitRequest,
  stopping: AbortSignal,
): Router<ApiState> {
  const router = new Router<ApiState>()
  const dependencies = { ...opened, engine: createEngine(opened) }
  const gates = { limit, admit: createStreamBound() }
  for (const route of routes) {
    const { method, path } = route.verb
    const template = path.replaceAll(/\{([a-z]+)\}/gi, ':$1')
    router.register(template, [method], [pipeline(route, dependencies, gates, stopping)])
  }
  router.get('/metrics', async (ctx) => {
    ctx.type = metrics.registry.contentType
    ctx.body = `${await metrics.registry.metrics()}\n${await metrics.domain()}`
  })
  return router
}
