/** The end of a rollout, written in the transaction that closes its turn. */
import { subjectOf } from '../../../domain/subject.ts'
import type { Revision } from '../../../domain/plan/plan.ts'
import type { StepInput } from '../../../domain/rollout/step-input.ts'
import type { Outcome } from '../../../domain/rollout/phase.ts'
import type { Reason } from '../../../domain/rollout/reason.ts'
import type { Sql } from '../database/database.ts'
import { appendEvents } from '../events/events.ts'
import type { ActivityEvent } from './activity-events.ts'
import { eventsOf } from './activity-events.ts'
import { writeStable } from './environment.ts'
import { writeOutcome } from './projection.ts'
import type { RolloutTurn } from './rollout-turns.ts'
import { endSubject } from './end-subject.ts'

export interface Ending {
  readonly outcome: Outcome
  readonly reason: Reason | null
  readonly input: Pick<StepInput, 'drafts' | 'step'>
  /** What is stable from now on. Absent where that does not change. */
  readonly stable?: Revision
}

/** Writes outcome, stable version and events, then what follows, as `domain/queue/after-turn.ts` says. */
export async function endRollout(tx: Sql, turn: RolloutTurn, { outcome, reason, input, stable }: Ending): Promise<void> {
  await writeOutcome(tx, turn.workflowId, outcome, reason)
  if (stable) await writeStable(tx, turn, stable)
  const lease = { turn, fencingToken: { workflowId: turn.workflowId, token: turn.token ?? 0, step: input.step } }
  const data = { outcome, reason }
  const ended: ActivityEvent = turn.kind === 'rollout' ? { kind: 'rollout-ended', data } : { kind: 'rollback-ended', data }
  await appendEvents(tx, subjectOf(turn), eventsOf(lease, input, ended))
  await endSubject(tx, turn, outcome, reason)
}
