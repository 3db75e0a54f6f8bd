/** Search attributes of every workflow, as Temporal's UI filters by them. */
import type { TypedSearchAttributes } from '@temporalio/common'
import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common'
import type { RolloutPlan } from '../domain/plan/plan.ts'

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD)

export const phaseAttribute = keyword('Phase')
/** The last one of its analysis. */
export const verdictAttribute = keyword('Verdict')
const requestedByAttribute = keyword('RequestedBy')

/** Attributes of a rollout; who asked is taken over from the release that starts it. */
export function rolloutAttributes(plan: RolloutPlan, parent: TypedSearchAttributes) {
  const requestedBy = parent.get(requestedByAttribute)
  return [
    { key: keyword('Service'), value: plan.place.service },
    { key: keyword('Environment'), value: plan.place.environment },
    { key: keyword('ReleaseId'), value: plan.release },
    { key: keyword('Kind'), value: plan.kind },
    { key: phaseAttribute, value: 'queued' },
    ...(requestedBy === undefined ? [] : [{ key: requestedByAttribute, value: requestedBy }]),
  ]
}
