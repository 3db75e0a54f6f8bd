/** Requests of people to a release or rollback in flight. Each has a route, and is sent as one Temporal update. */
import { RequestAccepted, RequestBody } from '../../schema/answers.ts'
import { verbs } from '../../schema/verbs.ts'
import { pathOf } from '../links.ts'
import { Problem } from '../../domain/problem.ts'
import type { SubjectKind } from '../../domain/subject.ts'
import type { Route } from '../route.ts'
import { accepted, route } from '../route.ts'

export const requestRoutes: readonly Route[] = verbs.flatMap((verb) => {
  const { requestKind: kind } = verb
  if (kind === undefined) return []
  const noun: SubjectKind = verb.noun === 'release' ? 'release' : 'rollback'
  const row = route({
    verb,
    body: RequestBody,
    answers: { 202: RequestAccepted },
    needs: ['engine'],
    async handle({ params, body, once, ...caller }, { engine }) {
      const subject = { kind: noun, id: params.id ?? '' }
      if (body.by !== undefined && kind !== 'extend')
        throw new Problem('invalid-input', `${kind} takes no duration`, {
          errors: [{ pointer: '/by', detail: 'only extend takes it' }],
        })
      const input = { kind, reason: body.reason, byMs: body.by, once }
      return accepted(await engine.request(subject, input, caller), pathOf(subject))
    },
  })
  return [row]
})
