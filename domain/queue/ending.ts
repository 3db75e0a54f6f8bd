/** What the end of a turn means: for its release or rollback, and for what comes after it. */
import { rollbackWorkflowId } from '../identity.ts'
import type { RolloutPlan } from '../plan/plan.ts'
import type { Outcome } from '../rollout/phase.ts'
import type { TurnKind } from './kinds.ts'

/** A release or rollback that is over. */
export interface SubjectEnd {
  readonly kind: 'release' | 'rollback'
  readonly id: string
  readonly outcome: Outcome
}

/** `reached`: a release has come to an environment for good, and goes on from there. */
export type AfterTurn =
  | { readonly kind: 'ended'; readonly ends: readonly SubjectEnd[] }
  | { readonly kind: 'reached'; readonly environment: string }

export interface EndedTurn {
  readonly kind: TurnKind
  /** Id of the release or rollback. */
  readonly subject: string
  readonly plan: Pick<RolloutPlan, 'place' | 'release' | 'recoversLost'>
}

/** A rollback ends as its turn did; one that brings a lost rollout home ends the release of that, too. */
export function afterTurn({ kind, subject, plan }: EndedTurn, outcome: Outcome): AfterTurn {
  if (kind === 'rollback') {
    const home: readonly SubjectEnd[] = plan.recoversLost ? [{ kind: 'release', id: plan.release, outcome: 'rolled-back' }] : []
    return { kind: 'ended', ends: [{ kind: 'rollback', id: subject, outcome }, ...home] }
  }
  if (outcome !== 'succeeded') return { kind: 'ended', ends: [{ kind: 'release', id: subject, outcome }] }
  return { kind: 'reached', environment: plan.place.environment }
}

/** Where a release goes after the rollout of `workflowId`; null: it has come to its end. */
export const rolloutAfter = <T extends Pick<RolloutPlan, 'workflowId'>>(rollouts: readonly T[], workflowId: string): T | null => {
  const index = rollouts.findIndex((rollout) => rollout.workflowId === workflowId)
  return index < 0 ? null : (rollouts[index + 1] ?? null)
}

/** The rollback, with the service's next number, that takes over the turn of a lost workflow. */
export const recoveryPlan = (lost: RolloutPlan, number: number): RolloutPlan => ({
  ...lost,
  kind: 'rollback',
  workflowId: rollbackWorkflowId(lost.place, number),
  recoversLost: true,
})
