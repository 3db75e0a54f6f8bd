/** What a release will be compared with: the version that is stable when its turn comes, as far as the queue tells now. */
import type { RolloutTurn } from '../../adapters/postgres/rollouts/rollout-turns.ts'
import type { Revision, RolloutPlan } from '../../domain/plan/plan.ts'
import { isAskedToRevert } from '../../domain/queue/turn.ts'
import type { ShownSubject } from '../../domain/subject.ts'

export interface ExpectedBaseline {
  readonly revision: Revision
  /** The release or rollback that must succeed first. Null: the version is stable already. */
  readonly ifStays: ShownSubject | null
  /** Does it have the traffic now? */
  readonly isServing: boolean
  /** Is its watch ended to make room, so that it stays at once? */
  readonly isCutShort: boolean
}

/** Null: there will be nothing stable. `queue` is in the order in which turns are granted. */
export function expectedBaseline(
  { onBusy, now }: Pick<RolloutPlan, 'onBusy' | 'now'>,
  stable: Revision | null,
  queue: readonly RolloutTurn[],
): ExpectedBaseline | null {
  const goesBack = (turn: RolloutTurn) => onBusy === 'supersede' && turn.kind === 'rollout' && !(now && isCutNow(turn))
  const last = queue.filter((turn) => bringsOut(turn) && !goesBack(turn)).at(-1)
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

/** Not one that reverts or is asked to revert. */
const bringsOut = ({ phase, pending, plan }: RolloutTurn): boolean =>
  phase !== 'reverting' && phase !== 'needs-operator' && !isAskedToRevert(pending) && !plan.recoversLost
