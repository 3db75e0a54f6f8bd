/** Turns every failure into application/problem+json (RFC 9457). Internal failures are logged, and the caller gets their title only. */
import type { Logger } from 'pino'
import type { ProblemCode } from '../../domain/problem.ts'
import { Problem, problemRow } from '../../domain/problem.ts'
import { withRemedy } from '../remedies.ts'
import { hasBrokenOff } from './access-log.ts'
import type { Middleware } from './state.ts'

export const problems =
  (log: Logger): Middleware =>
  async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      // A refused body has not been read to its end either, but its client is still there and gets the answer.
      if (!(error instanceof Problem) && hasBrokenOff(ctx)) return
      const problem = asProblem(error)
      const { status, retry } = problemRow(problem.code)
      if (status >= 500) log.error({ requestId: ctx.state.requestId, code: problem.code, err: error }, 'request failed')
      ctx.status = status
      ctx.body = JSON.stringify(problemBody(problem, ctx.state.requestId))
      ctx.type = 'application/problem+json'
      ctx.set('Cache-Control', 'no-store')
      if (status === 401) ctx.set('WWW-Authenticate', 'Bearer realm="holdfast"')
      if (status === 405 && Array.isArray(problem.more.allow)) ctx.set('Allow', problem.more.allow.join(', '))
      if (retry) ctx.set('Retry-After', String(typeof problem.more.retryAfter === 'number' ? problem.more.retryAfter : 1))
    }
  }

/** The members of the answer. An internal failure shows only its title, and a hint when a dependency is away for a while. */
export function problemBody(reported: Problem, requestId: string): Record<string, unknown> {
  const problem = withRemedy(reported)
  const { status, title } = problemRow(problem.code)
  const base = { type: `/docs/problems#${problem.code}`, title, status, code: problem.code, requestId }
  const hint = problem.hint === undefined ? {} : { hint: problem.hint }
  if (status === 503) return { ...base, detail: title, ...hint }
  if (status >= 500) return { ...base, detail: title }
  const errors = problem.errors.length > 0 ? { errors: problem.errors } : {}
  return { ...problem.more, ...base, detail: problem.message, ...hint, ...errors }
}

/** What Koa itself refuses, such as a path that cannot be decoded, is the caller's fault too. */
function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  const status = (error as { status?: unknown }).status
  const code: ProblemCode = typeof status === 'number' && status >= 400 && status < 500 ? 'invalid-input' : 'internal'
  return new Problem(code, code === 'internal' ? 'something went wrong' : 'the request cannot be read', { cause: error })
}
