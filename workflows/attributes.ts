/** Search attributes of every workflow: Temporal's UI filters by them. */
import type { TypedSearchAttributes } from '@temporalio/common'
import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common'
import type { SearchAttribute } from '../domain/temporal-names.ts'
import { searchAttributes } from '../domain/temporal-names.ts'
import type { RolloutPlan } from '../domain/plan/plan.ts'

const keyword = (attribute: SearchAttribute) => defineSearchAttributeKey(searchAttributes[attribute], SearchAttributeType.KEYWORD)

export const phaseAttribute = keyword('phase')
export const verdictAttribute = keyword('verdict')
const requestedByAttribute = keyword('requestedBy')

/** Attributes of a rollout. The requester is that of the release that starts it. */
export function rolloutAttributes(plan: RolloutPlan, parent: TypedSearchAttributes) {
  const requestedBy = parent.get(requestedByAttribute)
  return [
    { key: keyword('service'), value: plan.ref.service },
    { key: keyword('environment'), value: plan.ref.environment },
    { key: keyword('release'), value: plan.release },
    { key: keyword('kind'), value: plan.kind },
    { key: phaseAttribute, value: 'queued' },
    ...(requestedBy === undefined ? [] : [{ key: requestedByAttribute, value: requestedBy }]),
  ]
}
