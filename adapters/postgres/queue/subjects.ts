/** What the end of a turn means for its release or rollback: the next environment is queued, or the whole has its outcome. */
import { sql } from 'kysely'
import { systemActor } from '../../../domain/actor.ts'
import type { Outcome } from '../../../domain/rollout/phase.ts'
import type { Reason } from '../../../domain/rollout/rollout.ts'
import { appendEvents } from '../events/events.ts'
import type { Sql } from '../database/pool.ts'
import { askRoom, rolloutsBefore } from './room.ts'
import { jsonOf } from '../database/storable.ts'
import type { TurnRow } from './turns.ts'
import { enqueueTurn } from './turns.ts'

/** In the transaction that closed `turn`. */
export async function endSubject(tx: Sql, turn: TurnRow, outcome: Outcome, reason: Reason | null): Promise<void> {
  if (turn.kind === 'rollback') {
    await endRow(tx, 'rollback', turn.subject, outcome, reason)
    if (turn.plan.bringsHome) await endRelease(tx, turn.plan.release, 'rolled-back', reason)
    return
  }
  if (outcome !== 'succeeded') return endRelease(tx, turn.subject, outcome, reason)
  const { environment } = turn.plan.place
  const release = await tx.build
    .updateTable('release')
    .set({
      reached: sql`case when reached ? ${environment}::text then reached else reached || to_jsonb(${environment}::text) end`,
    })
    .where('id', '=', turn.subject)
    .returning('plan')
    .executeTakeFirst()
  const rollouts = release?.plan.rollouts ?? []
  const next = rollouts[rollouts.findIndex(({ workflowId }) => workflowId === turn.workflowId) + 1]
  if (next) {
    await enqueueTurn(tx, next, turn.subject)
    await askRoom(tx, next, await rolloutsBefore(tx, next))
  } else await endRelease(tx, turn.subject, outcome, reason)
}

/** The release's outcome and last event, once. */
export async function endRelease(tx: Sql, id: string, outcome: Outcome, reason: Reason | null): Promise<void> {
  if (!(await endRow(tx, 'release', id, outcome, reason))) return
  const data = { outcome, ...(reason ? { reason: { ...reason } } : {}) }
  await appendEvents(tx, id, [
    { key: `release/${id}#ended`, kind: 'release-ended', actor: systemActor('release'), at: new Date(), data },
  ])
}

export async function endRow(
  tx: Sql,
  table: 'release' | 'rollback',
  id: string,
  outcome: Outcome,
  reason: Reason | null,
): Promise<boolean> {
  const row = await tx.build
    .updateTable(table)
    .set({ state: outcome, outcome, reason: reason && jsonOf(reason), ended_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
