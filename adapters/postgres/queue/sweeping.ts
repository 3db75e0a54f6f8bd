/** What the sweeper changes in the queue: lost turns handed over, rows of ended workflows closed, free places granted. */
import { sql } from 'kysely'
import type { RolloutPlan } from '../../../domain/plan/plan.ts'
import { homewardPlan } from '../../../domain/queue/ending.ts'
import { systemActor } from '../../../domain/actor.ts'
import type { Reason } from '../../../domain/rollout/reason.ts'
import { appendEvents } from '../events/events.ts'
import type { Database, Sql } from '../database/pool.ts'
import { jsonOf } from '../database/storable.ts'
import { endRelease, endRow } from './subjects.ts'
import { close } from './taking.ts'
import type { TurnRow } from './turns.ts'
import { enqueueTurn, grantNext, lockPlace, openTurn, readTurn, writeEnd } from './turns.ts'

const lost: Reason = { code: 'lost', detail: 'its workflow ended before traffic was home' }

/** One sweeper at a time over all workers; answers undefined where another one is at work. */
export const asOnlySweeper = <T>(db: Database, work: () => Promise<T>): Promise<T | undefined> =>
  db.exclusive('holdfast sweeper', work)

/** Grants a place that is free. */
export const grantFree = (db: Database, place: string): Promise<TurnRow | undefined> =>
  db.transaction(async (tx) => {
    await lockPlace(tx, place)
    return grantNext(tx, place)
  }, 'transaction.grant')

/** Closes a turn whose workflow is gone and that never touched anything. */
export const closeUntouched = (db: Database, workflowId: string): Promise<TurnRow | undefined> =>
  db.transaction(async (tx) => {
    const turn = await unended(tx, workflowId)
    if (!turn || turn.number !== null) return undefined
    return close(tx, turn, { outcome: 'aborted', reason: lost, input: { drafts: [], step: turn.step + 1 } })
  }, 'transaction.close-turn')

/** Hands the open turn of a lost workflow to a rollback that brings traffic home. Answers that rollback's plan. */
export const handOver = (db: Database, workflowId: string): Promise<RolloutPlan | undefined> =>
  db.transaction(async (tx) => {
    const turn = await unended(tx, workflowId)
    if (!turn || turn.state !== 'open') return undefined
    const plan = await bringHome(tx, turn)
    await writeEnd(tx, workflowId, 'rolled-back', lost)
    // Its own end is written by the rollback that follows: until then its release is still on the way home.
    if (turn.kind === 'rollback') await endRow(tx, 'rollback', turn.subject, 'rolled-back', lost)
    await enqueueTurn(tx, plan, plan.workflowId)
    await openTurn(tx, plan.workflowId)
    const data = { lost: workflowId, to: plan.workflowId }
    await appendEvents(tx, turn.subject, [
      { key: `${workflowId}#lost`, kind: 'turn-handed-over', actor: systemActor('sweeper'), at: new Date(), data },
    ])
    return plan
  }, 'transaction.hand-over')

/** Releases that were started, have not ended, and have nothing under way or on the way home. */
export const withoutTurns = (db: Database): Promise<readonly { readonly id: string; readonly service: string }[]> =>
  db.build
    .selectFrom('release as r')
    .select(['r.id', 'r.service'])
    .where('r.ended_at', 'is', null)
    .where('r.started_at', '<', sql<Date>`now() - interval '5 seconds'`)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('turn').select('id').whereRef('subject', '=', 'r.id').where('state', '<>', 'over'))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('rollback').select('id').whereRef('release_id', '=', 'r.id').where('ended_at', 'is', null))),
    )
    .execute()

/** Closes a release whose workflow ended while no rollout of it is left. */
export const closeRelease = (db: Database, id: string): Promise<void> =>
  db.transaction(async (tx) => {
    const left = tx.build.selectFrom('turn').select('workflow_id').where('subject', '=', id).where('state', '<>', 'over')
    if (!(await left.executeTakeFirst())) await endRelease(tx, id, 'aborted', lost)
  }, 'transaction.close-release')

async function bringHome(tx: Sql, turn: TurnRow): Promise<RolloutPlan> {
  const { service, environment } = turn.plan.place
  const row = await tx.build
    .updateTable('service')
    .set((eb) => ({ next_rollback: eb('next_rollback', '+', 1) }))
    .where('name', '=', service)
    .returning((eb) => eb('next_rollback', '-', 1).as('number'))
    .executeTakeFirst()
  if (!row) throw new Error(`no service ${service}`)
  const plan = homewardPlan(turn.plan, row.number)
  await tx.build
    .insertInto('rollback')
    .values({
      id: plan.workflowId,
      service,
      environment,
      number: row.number,
      release_id: plan.release,
      plan: jsonOf(plan),
      requested_by: jsonOf(systemActor('sweeper')),
      note: lost.detail,
    })
    .execute()
  return plan
}

async function unended(tx: Sql, workflowId: string): Promise<TurnRow | undefined> {
  const before = await readTurn(tx, workflowId)
  if (!before) return undefined
  await lockPlace(tx, before.place)
  const turn = await readTurn(tx, workflowId)
  return turn?.state === 'over' ? undefined : turn
}
