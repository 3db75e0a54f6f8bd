/** The stage `handle`: runs the route's handler, and stores its answer for a repeat with the same idempotency key. */
import type { Claim, Idempotency } from '../../adapters/postgres/access/idempotency.ts'
import { isProblem, problemRow } from '../../domain/problem.ts'
import { problemBody } from '../middleware/problems.ts'
import type { ApiContext } from '../middleware/state.ts'
import type { Answer, RequestContext, HandlerDependencies, Need, Route } from '../route.ts'
import type { Claimed } from './claim.ts'

export type Handle = (ctx: ApiContext, request: RequestContext<unknown, unknown>, claimed: Claimed) => Promise<Answer>

/** A handler gets only the dependencies that its route names. */
export function createHandle(route: Route, dependencies: HandlerDependencies): Handle {
  const given = named(dependencies, route.needs)
  const { idempotency } = dependencies
  return async (ctx, request, claimed) => {
    if (claimed.kind === 'answered') return claimed.answer
    if (claimed.kind === 'unclaimed') return route.handle(request, given)
    return storing(idempotency, ctx, claimed.claim, () => route.handle({ ...request, claim: claimed.claim }, given))
  }
}

const named = (dependencies: HandlerDependencies, needs: readonly Need[]): Partial<HandlerDependencies> =>
  Object.fromEntries(needs.map((need) => [need, dependencies[need]]))

/**
 * Stores the handler's answer, unless the transaction of the change has. After an internal failure it releases the claim, so that the caller
 * can try the same key again.
 */
async function storing(idempotency: Idempotency, ctx: ApiContext, claim: Claim, handle: () => Promise<Answer>): Promise<Answer> {
  try {
    const answer = await handle()
    if (answer.isStored) return answer
    const bytes = Buffer.from(answer.body === undefined ? '' : JSON.stringify(answer.body), 'utf8')
    await idempotency.answer(claim, { status: answer.status, location: answer.headers?.Location ?? null, answer: bytes })
    return answer
  } catch (error) {
    const storable = isProblem(error) && problemRow(error.code).status < 500 && !problemRow(error.code).retry ? error : null
    if (storable) {
      const answer = Buffer.from(JSON.stringify(problemBody(storable, ctx.state.requestId)), 'utf8')
      await idempotency.answer(claim, { status: problemRow(storable.code).status, location: null, answer })
    } else {
      // If this fails too, the key is free after ten seconds.
      await idempotency.release(claim).catch(() => {})
    }
    throw error
  }
}
