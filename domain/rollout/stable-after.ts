/** Which version is stable after a rollout has ended. */
import type { RolloutState } from './rollout.ts'

/** `promoted`: the rollout's version becomes stable. `majority`: it does where it has most of the weight. */
export type StableAfter = 'unchanged' | 'promoted' | 'majority'

/** A first release that is accepted as it is makes the version with most weight stable. */
export function stableAfter({ phase, reason }: Pick<RolloutState, 'phase' | 'reason'>): StableAfter {
  if (reason?.code === 'accepted-as-is') return 'majority'
  return phase === 'removing-old' ? 'promoted' : 'unchanged'
}

/** Whether the rollout's version becomes stable. Half of the weight is a majority. @param weight the version's weight, in percent */
export const becomesStable = (after: StableAfter, weight: number): boolean =>
  after === 'promoted' || (after === 'majority' && weight >= 50)
