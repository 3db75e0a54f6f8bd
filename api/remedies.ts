/** What the API adds to a problem of a rule or an adapter: the command that helps, and the address on this API. */
import { isProblem, Problem } from '../domain/problem.ts'
import type { ProblemCode } from '../domain/problem.ts'
import type { ShownSubject } from '../domain/subject.ts'
import { subjectKinds } from '../domain/subject.ts'
import type { ApiDependencies } from './dependencies.ts'
import { pathOf } from './links.ts'

interface Remedy {
  readonly hint: string
  /** Further members of the answer. */
  readonly more?: Problem['more']
}

type Reported = Pick<Problem, 'errors' | 'more'>

/** By code, for problems without a hint of their own. Null when there is nothing to add. */
const remedies: Partial<Record<ProblemCode, (problem: Reported) => Remedy | null>> = {
  'already-in-flight': ({ more: { inFlight } }) => {
    if (!isSubject(inFlight)) return null
    const hint = `wait for it, or 'holdfast ${inFlight.kind} abort ${inFlight.id}'`
    return { hint, more: { inFlight: { ...inFlight, self: pathOf(inFlight) } } }
  },
  'service-busy': ({ more: { inFlight } }) => ({
    hint: inFlight === undefined ? "'--stop' stops it first" : "'--stop' reverts it first",
  }),
  'no-earlier-version': ({ more: { inFlight } }) =>
    isSubject(inFlight)
      ? { hint: `'holdfast ${inFlight.kind} abort ${inFlight.id}' reverts the one in flight` }
      : { hint: "'holdfast release list' shows what was released" },
  'version-digest-changed': ({ more: { released } }) =>
    typeof released === 'string'
      ? { hint: `give these files a version of their own, or release those: --artifact ${released}` }
      : null,
  'invalid-input': ({ errors }) =>
    errors.some(({ pointer }) => pointer === '/cursor') ? { hint: 'send nextCursor as it was answered' } : null,
  'precondition-failed': () => ({ hint: 'read it again, then decide' }),
  'idempotency-key-reused': () => ({ hint: 'use a new Idempotency-Key for a new request' }),
  'request-in-flight': () => ({ hint: 'repeat it in a moment, with the same Idempotency-Key if it had one' }),
  'no-worker': () => ({
    hint: 'see that a control worker runs, and repeat it, with the same Idempotency-Key if it had one',
  }),
}

/** Returns the result of `parse`. A problem with the declaration gets the command that helps as its hint. @throws Problem invalid-input */
export function declaredBy<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (!isProblem(error, 'invalid-input') || error.hint !== undefined) throw error
    const { code, message, errors, more, cause } = error
    const hint =
      errors.length === 0 ? "'holdfast init' writes one" : "'holdfast schema' prints every key, docs/declaration.md explains them"
    throw new Problem(code, message, { hint, errors, more, cause })
  }
}

/** The problem that there is no such release or rollback. When the id belongs to the other kind, the hint says so. */
export async function noSubject({ queries }: Pick<ApiDependencies, 'queries'>, { kind, id }: ShownSubject): Promise<Problem> {
  const [meant] = await queries.kindsOf(id)
  const hint =
    meant === undefined
      ? `'holdfast ${kind} list' shows the existing ones`
      : `this is the id of a ${meant}: 'holdfast ${meant}' takes it`
  return new Problem('not-found', `there is no ${kind} ${id}`, { hint })
}

/** The problem with the hint for the caller. A hint that it already has stays. */
export function withRemedy(problem: Problem): Problem {
  const { code, message, hint, errors, more, cause } = problem
  const remedy = hint === undefined ? remedies[code]?.({ errors, more }) : null
  return remedy ? new Problem(code, message, { hint: remedy.hint, errors, more: { ...more, ...remedy.more }, cause }) : problem
}

/** Members of problems have no types of their own. */
const isSubject = (value: unknown): value is ShownSubject =>
  value instanceof Object &&
  'id' in value &&
  typeof value.id === 'string' &&
  'kind' in value &&
  subjectKinds.some((kind) => kind === value.kind)
