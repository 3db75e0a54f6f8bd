/** One route as middleware: allowed? parsed? asked before? Then its handler, and the answer kept for a repeat of the same key. */
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Claim } from '../adapters/postgres/access/idempotency.ts'
import type { Principal } from '../adapters/postgres/access/keys.ts'
import { digestOf } from '../domain/digest.ts'
import { Problem } from '../domain/problem.ts'
import { isProblem, problemRow } from '../domain/problem.ts'
import { parseWith } from '../schema/issues.ts'
import { NoQuery } from '../schema/queries.ts'
import { costOf } from '../schema/verbs.ts'
import type { ApiDoors } from './doors.ts'
import type { Engine } from './engine.ts'
import type { LimitRequest } from './limit-request.ts'
import { problemBody } from './middleware/problems.ts'
import type { ApiContext, Middleware } from './middleware/state.ts'
import { isAllowed } from './permission.ts'
import { parseJson, readBody } from './read-body.ts'
import type { Answer, Asked, Route } from './route.ts'

const nobody: Principal = { actor: { kind: 'system', id: 'anonymous' }, scopes: [], keyId: null }

export const handling =
  (route: Route, doors: ApiDoors, engine: Engine, limit: LimitRequest, stopping: AbortSignal): Middleware =>
  async (ctx) => {
    await limit(ctx, costOf(route.verb, ctx.query))
    const principal = authorize(ctx, route)
    const asked = await parse(ctx, route, principal, doors, engine, stopping)
    const claim = await claimOf(ctx, route, asked)
    if (claim && 'answer' in claim) return respond(ctx, route, claim.answer)
    respond(
      ctx,
      route,
      claim
        ? await keeping(doors, ctx, claim.claim, () => route.handle({ ...asked, claim: claim.claim }))
        : await route.handle(asked),
    )
  }

function authorize(ctx: ApiContext, { verb }: Route): Principal {
  const { principal } = ctx.state
  if (verb.action === 'public') return principal ?? nobody
  if (!principal)
    throw new Problem(
      'not-authenticated',
      ctx.get('Authorization') === '' ? 'no credential was sent' : 'the credential is not valid',
      {
        hint: "send 'Authorization: Bearer <key>'; 'holdfast login' stores a key",
      },
    )
  if (!isAllowed(principal.scopes, verb.action))
    throw new Problem('not-allowed', `${principal.actor.id} may not ${verb.action}`, {
      hint: `ask for a key with this scope: 'holdfast key create --scope ${verb.action}' mints one`,
    })
  return principal
}

async function parse(
  ctx: ApiContext,
  route: Route,
  principal: Principal,
  doors: ApiDoors,
  engine: Engine,
  stopping: AbortSignal,
): Promise<Asked<unknown, unknown>> {
  const takesBody = ctx.method === 'POST' || ctx.method === 'PUT'
  const text = takesBody ? await readBody(ctx, route.media ?? 'json') : { text: '', isYaml: false }
  const gone = new AbortController()
  ctx.res.once('close', () => gone.abort())
  return {
    params: (ctx as { params?: Record<string, string> }).params ?? {},
    // Probes may be sent what a load balancer adds.
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
    doors,
    engine,
  }
}

/**
 * Two requests are one by the key that was sent, and by nothing else: who, where and the key, as the claim has them. An X-Request-Id is
 * not one: a script may send the same with all it does.
 */
function onceOf(ctx: ApiContext, { verb }: Route, { actor }: Principal): string {
  const key = ctx.get('Idempotency-Key')
  return key === '' ? randomUUID() : digestOf({ actor, route: `${verb.method} ${verb.path}`, path: ctx.path, key })
}

/** Claims the idempotency key, if one was sent; or answers what was answered before. */
async function claimOf(
  ctx: ApiContext,
  { verb, isReplayed }: Route,
  { actor, doors, text }: Asked<unknown, unknown>,
): Promise<{ readonly claim: Claim } | { readonly answer: Answer } | null> {
  const key = ctx.get('Idempotency-Key')
  // An empty one was meant to be a key: taken for none, its repeat would be a second release.
  if (ctx.req.headers['idempotency-key'] === undefined || ctx.method === 'GET' || ctx.method === 'HEAD' || isReplayed === false)
    return null
  if (!/^[\x21-\x7e]{1,255}$/.test(key))
    throw new Problem('invalid-input', 'an Idempotency-Key is 1-255 visible ASCII characters')
  const bodyDigest = digestOf({ path: ctx.path, query: ctx.querystring, body: text.value })
  const use = { actor: `${actor.kind}:${actor.id}`, route: `${verb.method} ${verb.path}`, key, bodyDigest }
  const claimed = await doors.idempotency.claim(use)
  if (claimed.kind === 'claimed') return { claim: claimed.claim }
  const { status, location, answer } = claimed
  const headers = { 'Idempotency-Replayed': 'true', ...(location === null ? {} : { Location: location }) }
  return { answer: { status, headers, body: answer.length > 0 ? JSON.parse(answer.toString('utf8')) : undefined } }
}

/** Keeps what the handler answered. A failure of ours gives the claim back, so that the same key can be tried again. */
async function keeping(doors: ApiDoors, ctx: ApiContext, claim: Claim, handle: () => Promise<Answer>): Promise<Answer> {
  try {
    const answer = await handle()
    const bytes = Buffer.from(answer.body === undefined ? '' : JSON.stringify(answer.body), 'utf8')
    await doors.idempotency.answer(claim, { status: answer.status, location: answer.headers?.Location ?? null, answer: bytes })
    return answer
  } catch (error) {
    const kept = isProblem(error) && problemRow(error.code).status < 500 && !problemRow(error.code).retry ? error : null
    if (kept) {
      const answer = Buffer.from(JSON.stringify(problemBody(kept, ctx.state.requestId)), 'utf8')
      await doors.idempotency.answer(claim, { status: problemRow(kept.code).status, location: null, answer })
    } else {
      // Failing to give it back only means that the key is free in ten seconds.
      await doors.idempotency.release(claim).catch(() => {})
    }
    throw error
  }
}

/** Out of the body too: so that a repeat, of which the body is kept, is answered with the same tag. */
const tagOf = ({ etag }: Route, body: unknown): string | null => {
  const tag = etag !== undefined && typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[etag] : null
  return typeof tag === 'string' ? `"${tag}"` : null
}

function respond(ctx: ApiContext, route: Route, { status, body, headers = {}, events }: Answer): void {
  ctx.status = status
  ctx.set('Cache-Control', 'no-store')
  const tag = tagOf(route, body)
  if (tag !== null) ctx.set('ETag', tag)
  for (const [name, value] of Object.entries(headers)) ctx.set(name, value)
  if (events) {
    ctx.type = 'text/event-stream'
    ctx.set('X-Accel-Buffering', 'no')
    ctx.body = Readable.from(events)
    return
  }
  if (body === undefined) {
    ctx.body = null
    ctx.status = status
    return
  }
  ctx.body = JSON.stringify(body)
  ctx.type = status >= 400 ? 'application/problem+json' : 'application/json'
}
