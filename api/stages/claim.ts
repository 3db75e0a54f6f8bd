/** The stage `claim`: a request with an idempotency key is carried out once, and a repeat gets the same answer. */
import type { Claim, Idempotency } from '../../adapters/postgres/access/idempotency.ts'
import { digestOf } from '../../domain/digest.ts'
import { Problem } from '../../domain/problem.ts'
import type { ApiContext } from '../middleware/state.ts'
import type { Answer, RequestContext, Route } from '../route.ts'

/** `unclaimed`: the request has no key, or the route takes none. `answered`: the answer to the first request with the key. */
export type Claimed =
  | { readonly kind: 'unclaimed' }
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'answered'; readonly answer: Answer }

/** @throws Problem invalid-input, idempotency-key-reused, request-in-flight */
export async function claim(
  ctx: ApiContext,
  { verb, isReplayed }: Route,
  { actor, text }: RequestContext<unknown, unknown>,
  idempotency: Idempotency,
): Promise<Claimed> {
  const key = ctx.get('Idempotency-Key')
  // An empty key is refused. If it counted as none, a repeat would start a second release.
  if (ctx.req.headers['idempotency-key'] === undefined || ctx.method === 'GET' || ctx.method === 'HEAD' || isReplayed === false)
    return { kind: 'unclaimed' }
  if (!/^[\x21-\x7e]{1,255}$/.test(key))
    throw new Problem('invalid-input', 'an Idempotency-Key is 1-255 visible ASCII characters')
  const bodyDigest = digestOf({ path: ctx.path, query: ctx.querystring, body: text.value })
  const use = { actor: `${actor.kind}:${actor.id}`, route: `${verb.method} ${verb.path}`, key, bodyDigest }
  const claimed = await idempotency.claim(use)
  if (claimed.kind === 'claimed') return claimed
  const { status, location, answer } = claimed
  const headers = { 'Idempotency-Replayed': 'true', ...(location === null ? {} : { Location: location }) }
  const body: unknown = answer.length > 0 ? JSON.parse(answer.toString('utf8')) : undefined
  return { kind: 'answered', answer: { status, headers, body } }
}
