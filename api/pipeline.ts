/**
 * The stages of a route, in their order: authenticate, limit, authorize, parse, claim, handle, respond. Each is a file of `stages/`.
 * `authenticate` runs for every path (api/app.ts), because a request to an unknown path is charged to its client too.
 */
import { costOf } from '../schema/verbs.ts'
import type { Middleware } from './middleware/state.ts'
import type { HandlerDependencies, Route } from './route.ts'
import { authorize } from './stages/authorize.ts'
import { claim } from './stages/claim.ts'
import { createHandle } from './stages/handle.ts'
import type { LimitRequest } from './stages/limit.ts'
import { parse } from './stages/parse.ts'
import { respond } from './stages/respond.ts'
import type { AdmitStream } from './stages/streams.ts'

/** The checks that every request passes, whatever its route. */
export interface Gates {
  readonly limit: LimitRequest
  readonly admit: AdmitStream
}

/** @param stopping aborts answers in progress when the process ends */
export function pipeline(
  route: Route,
  dependencies: HandlerDependencies,
  { limit, admit }: Gates,
  stopping: AbortSignal,
): Middleware {
  const handle = createHandle(route, dependencies)
  return async (ctx) => {
    // Before permissions and the body, so that guessed keys and refused requests are charged too.
    await limit(ctx, costOf(route.verb, ctx.query))
    const principal = authorize(ctx, route.verb)
    const request = await parse(ctx, route, principal, stopping)
    const claimed = await claim(ctx, route, request, dependencies.idempotency)
    respond(ctx, route, await handle(ctx, request, claimed), admit)
  }
}
