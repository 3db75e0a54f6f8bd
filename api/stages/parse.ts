/** The stage `parse`: reads the body, bounded, and parses it and the query by the route's schemas. */
import { randomUUID } from 'node:crypto'
import type { Principal } from '../../adapters/postgres/access/keys.ts'
import { digestOf } from '../../domain/digest.ts'
import { parseWith } from '../../schema/issues.ts'
import { NoQuery } from '../../schema/queries.ts'
import type { ApiContext } from '../middleware/state.ts'
import { parseJson, readBody } from '../read-body.ts'
import type { RequestContext, Route } from '../route.ts'

/**
 * Returns the parsed request for the handler.
 * @param stopping aborts when the process ends
 * @throws Problem invalid-input, malformed-body, body-too-large, unsupported-media-type
 */
export async function parse(
  ctx: ApiContext,
  route: Route,
  principal: Principal,
  stopping: AbortSignal,
): Promise<RequestContext<unknown, unknown>> {
  const takesBody = ctx.method === 'POST' || ctx.method === 'PUT'
  const text = takesBody ? await readBody(ctx, route.media ?? 'json') : { text: '', isYaml: false }
  const gone = new AbortController()
  ctx.res.once('close', () => gone.abort())
  return {
    params: (ctx as { params?: Record<string, string> }).params ?? {},
    // A load balancer may add a query to a probe.
    query: route.verb.path.startsWith('/v1/') ? parseWith(route.query ?? NoQuery, { ...ctx.query }, 'the query') : {},
    body: route.body ? parseWith(route.body, parseJson(text.text), 'the body') : {},
    text: { value: text.text, isYaml: text.isYaml },
    actor: principal.actor,
    principal,
    claim: null,
    once: onceOf(ctx, route, principal),
    header: (name) => ctx.get(name),
    origin: `${ctx.state.arrival.protocol}://${ctx.state.arrival.host}`,
    signal: AbortSignal.any([gone.signal, stopping]),
  }
}

/**
 * Two requests count as one only with the same caller, path and idempotency key, as in the claim. X-Request-Id does not matter, because a
 * script may send the same one with every request.
 */
function onceOf(ctx: ApiContext, { verb }: Route, { actor }: Principal): string {
  const key = ctx.get('Idempotency-Key')
  return key === '' ? randomUUID() : digestOf({ actor, route: `${verb.method} ${verb.path}`, path: ctx.path, key })
}
