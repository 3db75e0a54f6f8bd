/** What a rollout shows while it runs. Its activities write it in the statement that checks their lease. */
import { sql } from 'kysely'
import type { StepInput } from '../../../domain/rollout/step-input.ts'
import type { Outcome } from '../../../domain/rollout/phase.ts'
import type { Move } from '../../../domain/rollout/moves.ts'
import type { Reason } from '../../../domain/rollout/reason.ts'
import type { Sql } from '../database/database.ts'
import { jsonOf } from '../database/storable.ts'
import type { Projection } from '../queue/ledger.ts'
import type { ActivityEvent } from './activity-events.ts'
import { eventsOf } from './activity-events.ts'
import type { EnvironmentRow } from './environment.ts'
import type { RolloutTurn } from './rollout-turns.ts'
import { readRollout } from './rollout-turns.ts'

/** What an activity writes: phase, move and reason of its input. */
export interface RolloutChange {
  readonly input: StepInput
  readonly event: ActivityEvent | null
  /** Absent where it does not change. */
  readonly weight?: number | undefined
}

export const rolloutProjection: Projection<RolloutTurn, RolloutChange> = {
  read: readRollout,

  write: (fenced, { fencingToken }, { input: { phase, move, reason }, weight }) =>
    fenced
      .updateTable('rollout')
      .from('fenced')
      .set({
        phase,
        move,
        reason: reason && jsonOf(reason),
        weight: sql<number>`coalesce(${weight ?? null}::integer, weight)`,
        phase_since: sql<Date>`case when phase = ${phase} then phase_since else now() end`,
      })
      // By its key, so that PostgreSQL does not have to join with `fenced` for one row.
      .where('rollout.workflow_id', '=', fencingToken.workflowId)
      .returning('fenced.pending')
      .executeTakeFirst(),

  eventsOf: (lease, { input, event }) => eventsOf(lease, input, event),
}

/** Writes what a rollout starts from. */
export async function writeBegin(tx: Sql, workflowId: string, { stable }: EnvironmentRow, moves: readonly Move[]): Promise<void> {
  await tx.build
    .updateTable('rollout')
    .set({
      phase: 'starting',
      phase_since: sql<Date>`now()`,
      stable: stable && jsonOf(stable),
      moves: jsonOf(moves),
    })
    .where('workflow_id', '=', workflowId)
    .execute()
}

export async function writeOutcome(tx: Sql, workflowId: string, outcome: Outcome, reason: Reason | null): Promise<void> {
  await tx.build
    .updateTable('rollout')
    .set({ phase: 'ended', phase_since: sql<Date>`now()`, outcome, reason: reason && jsonOf(reason) })
    .where('workflow_id', '=', workflowId)
    .execute()
}
