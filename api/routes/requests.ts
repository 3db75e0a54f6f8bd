/** What people ask of a release or rollback that is under way: one route per request, one Temporal update each. */
import { RequestAccepted, RequestBody } from '../../schema/answers.ts'
import { verbs } from '../../schema/verbs.ts'
import type { Subject } from '../../domain/identity.ts'
import { pathOf } from '../links.ts'
import { Problem } from '../../domain/problem.ts'
import type { Route } from '../route.ts'
import { accepted, route } from '../route.ts'

export const requestRoutes: readonly Route[] = verbs.flatMap((verb) => {
  const { requestKind: kind } = verb
  if (kind === undefined) return []
  const subject: Subject = verb.noun === 'release' ? 'releases' : 'rollbacks'
  const row = route({
    verb,
    body: RequestBody,
    answers: { 202: RequestAccepted },
    needs: ['engine'],
    async handle({ params, body, once, ...by }, { engine }) {
      const id = params.id ?? ''
      if (body.by !== undefined && kind !== 'extend')
        throw new Problem('invalid-input', `${kind} takes no time`, { errors: [{ pointer: '/by', detail: 'of extend alone' }] })
      const wish = { kind, reason: body.reason, byMs: body.by, once }
      return accepted(await engine.request(subject, id, wish, by), pathOf(subject, id))
    },
  })
  return [row]
})
