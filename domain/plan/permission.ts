/** When an operator's rules are asked about a version that is about to run. */
import type { Revision, RolloutPlan } from './plan.ts'

/**
 * The operator may have taken something from the owners since the plan was made. That refuses new versions only. What was good before always
 * runs again, because users may have nothing else: a rollback, the recovery of a lost rollout, and the restoration of the stable version.
 * @param stable what is stable in the environment at the begin of the turn
 */
export const needsPermission = ({ kind, canary }: Pick<RolloutPlan, 'kind' | 'canary'>, stable: Revision | null): boolean =>
  kind === 'rollout' && canary.revision !== stable?.revision
