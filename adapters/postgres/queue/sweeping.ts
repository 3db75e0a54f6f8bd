/** What the sweeper changes in the queue: lost turns handed over, rows of ended workflows closed, free places granted. */
import type { Outcome } from '../../../domain/rollout/phase.ts'
import type { RolloutPlan } from '../../../domain/plan/plan.ts'
import { rollbackWorkflowId } from '../../../domain/identity.ts'
import { systemActor } from '../../../domain/actor.ts'
import type { Reason } from '../../../domain/rollout/rollout.ts'
import { appendEvents } from '../events/events.ts'
import type { Database, Sql } from '../database/pool.ts'
import { jsonOf } from '../database/storable.ts'
import { endRelease } from './subjects.ts'
import { close } from './taking.ts'
import type { TurnRow } from './turns.ts'
import { enqueueTurn, grantNext, lockPlace, readTurn } from './turns.ts'

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
    await tx.query(
      `update turn set state = 'over', phase = 'ended', outcome = 'rolled-back', reason = $2, over_at = now(), phase_since = now() where workflow_id = $1`,
      [workflowId, jsonOf(lost)],
    )
    // Its own end is written by the rollback that follows: until then its release is still on the way home.
    if (turn.kind === 'rollback') await endRollback(tx, turn.subject, 'rolled-back')
    await enqueueTurn(tx, plan, plan.workflowId)
    await tx.query(`update turn set state = 'open', taken_at = now() where workflow_id = $1`, [plan.workflowId])
    const data = { lost: workflowId, to: plan.workflowId }
    await appendEvents(tx, turn.subject, [
      { key: `${workflowId}#lost`, kind: 'turn-handed-over', actor: systemActor('sweeper'), at: new Date(), data },
    ])
    return plan
  }, 'transaction.hand-over')

/** Closes a release whose workflow ended while no rollout of it is left. */
export const closeRelease = (db: Database, id: string): Promise<void> =>
  db.transaction(async (tx) => {
    const left = await tx.query(`select 1 from turn where subject = $1 and state <> 'over'`, [id])
    if (left.length === 0) await endRelease(tx, id, 'aborted', lost)
  }, 'transaction.close-release')

async function bringHome(tx: Sql, turn: TurnRow): Promise<RolloutPlan> {
  const { service, environment } = turn.plan.place
  const [row] = await tx.query<{ number: number }>(
    'update service set next_rollback = next_rollback + 1 where name = $1 returning next_rollback - 1 as number',
    [service],
  )
  if (!row) throw new Error(`no service ${service}`)
  const workflowId = rollbackWorkflowId(turn.plan.place, row.number)
  const plan: RolloutPlan = { ...turn.plan, kind: 'rollback', workflowId, bringsHome: true }
  await tx.query(
    `insert into rollback (id, service, environment, number, release_id, plan, requested_by, note) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [workflowId, service, environment, row.number, plan.release, jsonOf(plan), jsonOf(systemActor('sweeper')), lost.detail],
  )
  return plan
}

const endRollback = (tx: Sql, id: string, outcome: Outcome) =>
  tx.query(`update rollback set state = $2, outcome = $2, reason = $3, ended_at = now() where id = $1 and ended_at is null`, [
    id,
    outcome,
    jsonOf(lost),
  ])

async function unended(tx: Sql, workflowId: string): Promise<TurnRow | undefined> {
  const before = await readTurn(tx, workflowId)
  if (!before) return undefined
  await lockPlace(tx, before.place)
  const turn = await readTurn(tx, workflowId)
  return turn?.state === 'over' ? undefined : turn
}
