/**
 * The weights that a strategy visits before promotion. Weight 100 is never among them, because promotion leaves no baseline to compare
 * with.
 */
import type { Revision, RolloutPlan } from '../plan/plan.ts'
import type { Availability, Bake } from '../plan/service.ts'
import { splitOf } from '../plan/split.ts'

export interface Move {
  readonly weight: number
  /** Null: nothing is measured at this weight, and the next move follows at once. */
  readonly bake: Bake | null
  readonly gate: 'manual' | null
}

/** The moves of a rollout that takes its turn. It has none where its revision is already stable. */
export const movesAtBegin = (
  plan: RolloutPlan,
  stable: Pick<Revision, 'revision'> | null,
  stableReplicas: number,
): readonly Move[] => (stable?.revision === plan.canary.revision ? [] : movesOf(plan, stable !== null, stableReplicas))

/** Moves of a plan. A first release and a rollback have none: they are promoted right after the smoke tests. */
export function movesOf(plan: RolloutPlan, hasStable: boolean, stableReplicas: number): readonly Move[] {
  if (!hasStable || plan.kind === 'rollback') return []
  const { strategy } = plan
  switch (strategy.kind) {
    case 'canary':
      return strategy.steps
    case 'blue-green':
      return strategy.gate === null ? [] : [{ weight: 0, bake: null, gate: strategy.gate }]
    case 'rolling':
      // A router that cannot go above a weight beside the stable version goes from there to all traffic.
      return rollingMoves(strategy.availability, stableReplicas).filter(
        ({ weight }) => weight <= splitOf(plan.canary.traffic).largestWeight,
      )
  }
}

/** As many equal batches as availability allows. One batch is the traffic of the replicas that need not stay ready. */
function rollingMoves(availability: Availability, stableReplicas: number): readonly Move[] {
  const kept = 'count' in availability ? availability.count : Math.ceil(Number((availability.share * stableReplicas).toFixed(6)))
  const batch = Math.max(1, stableReplicas - kept)
  const moves: Move[] = []
  for (let moved = batch; moved < stableReplicas; moved += batch) {
    moves.push({ weight: Math.floor((100 * moved) / stableReplicas), bake: null, gate: null })
  }
  return moves
}
