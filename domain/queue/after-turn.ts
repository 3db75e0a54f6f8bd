/** What the end of a turn means for its release or rollback, and what comes next. */
import { rollbackWorkflowId } from '../identity.ts'
import type { RolloutPlan } from '../plan/plan.ts'
import type { Outcome } from '../rollout/phase.ts'
import type { TurnEnd, TurnKind } from './kinds.ts'
import { endWhenLost, lost } from './kinds.ts'
import type { Turn } from './turn.ts'

/** A release or rollback that is over. */
export interface SubjectEnd {
  readonly kind: 'release' | 'rollback'
  readonly id: string
  readonly outcome: Outcome
}

/** `reached`: a release is stable in an environment and goes on to the next one. */
export type AfterTurn =
  | { readonly kind: 'ended'; readonly ends: readonly SubjectEnd[] }
  | { readonly kind: 'reached'; readonly environment: string }

export interface EndedTurn {
  readonly kind: TurnKind
  /** Id of the release or rollback. */
  readonly subject: string
  readonly plan: Pick<RolloutPlan, 'ref' | 'release' | 'recoversLost'>
}

/** A rollback ends as its turn did. One that recovers a lost rollout also ends the release of that rollout. */
export function afterTurn({ kind, subject, plan }: EndedTurn, outcome: Outcome): AfterTurn {
  if (kind === 'rollback') {
    const recovered: readonly SubjectEnd[] = plan.recoversLost
      ? [{ kind: 'release', id: plan.release, outcome: 'rolled-back' }]
      : []
    return { kind: 'ended', ends: [{ kind: 'rollback', id: subject, outcome }, ...recovered] }
  }
  if (outcome !== 'succeeded') return { kind: 'ended', ends: [{ kind: 'release', id: subject, outcome }] }
  return { kind: 'reached', environment: plan.ref.environment }
}

/**
 * What ends with a turn that is handed over. A rollback does. The release of a rollout does not: its traffic is still being reverted, and
 * the rollback that recovers it writes its end.
 */
export const endsAtHandOver = ({ kind, subject }: Pick<EndedTurn, 'kind' | 'subject'>): readonly SubjectEnd[] =>
  kind === 'rollback' ? [{ kind, id: subject, outcome: endWhenLost(kind, 'hand-over').outcome }] : []

/** The end of a release whose workflow is gone. Null: a rollout of it is left, whose end decides. */
export const endOfLostRelease = (turns: readonly Pick<Turn, 'state'>[]): TurnEnd | null =>
  turns.every(({ state }) => state === 'over') ? { outcome: 'aborted', reason: lost } : null

/** The rollout after the one of `workflowId`. Null: the release is at its end. */
export const rolloutAfter = <T extends Pick<RolloutPlan, 'workflowId'>>(rollouts: readonly T[], workflowId: string): T | null => {
  const index = rollouts.findIndex((rollout) => rollout.workflowId === workflowId)
  return index < 0 ? null : (rollouts[index + 1] ?? null)
}

/** The rollback that takes over the turn of a lost workflow. `number` is the service's next one. */
export const recoveryPlan = (lost: RolloutPlan, number: number): RolloutPlan => ({
  ...lost,
  kind: 'rollback',
  workflowId: rollbackWorkflowId(lost.ref, number),
  onBusy: null,
  recoversLost: true,
})
