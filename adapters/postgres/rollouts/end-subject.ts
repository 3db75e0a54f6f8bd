/**
 * Writes what the end of a turn means, as `domain/queue/after-turn.ts` says: it queues the next environment, or gives the release or
 * rollback its outcome.
 */
import { sql } from 'kysely'
import { systemActor } from '../../../domain/actor.ts'
import { afterTurn, rolloutAfter } from '../../../domain/queue/after-turn.ts'
import type { Outcome } from '../../../domain/rollout/phase.ts'
import type { Reason } from '../../../domain/rollout/reason.ts'
import { appendEvents } from '../events/events.ts'
import type { Sql } from '../database/database.ts'
import { askRoom } from './ask-room.ts'
import { jsonOf } from '../database/storable.ts'
import type { RolloutTurn } from './rollout-turns.ts'
import { enqueueRollout, queueOf } from './rollout-turns.ts'

/** Runs in the transaction that closes `turn`. */
export async function endSubject(tx: Sql, turn: RolloutTurn, outcome: Outcome, reason: Reason | null): Promise<void> {
  const after = afterTurn(turn, outcome)
  if (after.kind === 'reached') return goOn(tx, turn, after.environment, reason)
  for (const end of after.ends)
    if (end.kind === 'release') await endRelease(tx, end.id, end.outcome, reason)
    else await endRow(tx, 'rollback', end.id, end.outcome, reason)
}

/** Queues the rollout after this one. Where there is none, the release has succeeded. */
async function goOn(tx: Sql, turn: RolloutTurn, environment: string, reason: Reason | null): Promise<void> {
  const release = await tx.build
    .updateTable('release')
    .set({
      reached: sql`case when reached ? ${environment}::text then reached else reached || to_jsonb(${environment}::text) end`,
    })
    .where('id', '=', turn.subject)
    .returning('plan')
    .executeTakeFirst()
  const next = rolloutAfter(release?.plan.rollouts ?? [], turn.workflowId)
  if (!next) return endRelease(tx, turn.subject, 'succeeded', reason)
  await enqueueRollout(tx, next, turn.subject)
  await askRoom(tx, next, await queueOf(tx, next.ref))
}

/** Writes the release's outcome and its last event, once. */
export async function endRelease(tx: Sql, id: string, outcome: Outcome, reason: Reason | null): Promise<void> {
  if (!(await endRow(tx, 'release', id, outcome, reason))) return
  const [actor, at, data] = [systemActor('release'), new Date(), { outcome, reason }]
  await appendEvents(tx, { kind: 'release', id }, [
    { key: `release/${id}#ended`, kind: 'release-ended', actor, at, where: null, data },
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
    .set({ outcome, reason: reason && jsonOf(reason), ended_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
