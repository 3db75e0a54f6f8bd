/** What a release will be compared with: the version that will be stable when its turn comes, as far as the queue shows now. */
import type { RolloutTurn } from '../../adapters/postgres/rollouts/rollout-turns.ts'
import type { Revision, RolloutPlan } from '../../domain/plan/plan.ts'
import { isAskedToRevert } from '../../domain/queue/turn.ts'
import type { ShownSubject } from '../../domain/subject.ts'

export interface ExpectedBaseline {
  readonly revision: Revision
  /** The release or rollback that must succeed first; null when the version is stable already. */
  readonly ifStays: ShownSubject | null
  /** Whether it has the traffic now. */
  readonly isServing: boolean
  /** Whether its watch is ended to make room, so that it becomes stable at once. */
  readonly isCutShort: boolean
}

/** Null when no version will be stable. @param queue in the order in which turns are granted */
export function expectedBaseline(
  { onBusy, now }: Pick<RolloutPlan, 'onBusy' | 'now'>,
  stable: Revision | null,
  queue: readonly RolloutTurn[],
): ExpectedBaseline | null {
  const isReverted = (turn: RolloutTurn) => onBusy === 'supersede' && turn.kind === 'rollout' && !(now && isCutNow(turn))
  const last = queue.filter((turn) => isPromoting(turn) && !isReverted(turn)).at(-1)
  if (last)
    return {
      revision: last.plan.canary,
      ifStays: { kind: last.subjectKind, id: last.subject },
      isServing: last.weight === 100,
      isCutShort: now && isCutNow(last),
    }
  return stable && { revision: stable, ifStays: null, isServing: true, isCutShort: false }
}

/** With `now`, a rollout that is being watched makes room at once. */
export const isCutNow = ({ kind, phase }: Pick<RolloutTurn, 'kind' | 'phase'>): boolean =>
  kind === 'rollout' && phase === 'watching'

/** Whether the turn leads to a new stable version: it does not revert, and is not asked to. */
const isPromoting = ({ phase, pending, plan }: RolloutTurn): boolean =>
  phase !== 'reverting' && phase !== 'needs-operator' && !isAskedToRevert(pending) && !plan.recoversLost
