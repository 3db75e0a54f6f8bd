/** The queue of turns: rows of `turn` under their place's row lock. Who is next is decided by `domain/queue/turn.ts`. */
import type { Revision, RolloutPlan } from '../../../domain/plan/plan.ts'
import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import { placeKey } from '../../../domain/identity.ts'
import type { Asked, Turn } from '../../../domain/queue/turn.ts'
import { nextTurn } from '../../../domain/queue/turn.ts'
import type { Outcome } from '../../../domain/rollout/phase.ts'
import type { Reason } from '../../../domain/rollout/reason.ts'
import type { Sql } from '../database/pool.ts'
import { jsonOf } from '../database/storable.ts'
import type { Tables } from '../database/tables.ts'

/** A turn as stored, with its plan and what it started from. */
export interface TurnRow extends Turn {
  /** The release's or rollback's id: whose events its acts write. */
  readonly subject: string
  readonly plan: RolloutPlan
  readonly stable: Revision | null
  readonly weight: number
}

export interface EnvironmentRow {
  readonly place: string
  readonly stable: Revision | null
  readonly stableRelease: string | null
  readonly stableNumber: number | null
  readonly lastTurn: number
}

const columns = [
  'workflow_id',
  'place',
  'kind',
  'subject',
  'release_number',
  'plan',
  'state',
  'phase',
  'asked',
  'number',
  'step',
  'run_id',
  'outcome',
  'stable',
  'weight',
] as const satisfies readonly (keyof Tables['turn'])[]

type RawTurn = Pick<Selectable<Tables['turn']>, (typeof columns)[number]>

const turnOf = (raw: RawTurn): TurnRow => ({
  workflowId: raw.workflow_id,
  place: raw.place,
  kind: raw.kind,
  subject: raw.subject,
  releaseNumber: raw.release_number,
  plan: raw.plan,
  state: raw.state,
  phase: raw.phase,
  asked: raw.asked,
  number: raw.number,
  step: raw.step,
  runId: raw.run_id,
  outcome: raw.outcome,
  stable: raw.stable,
  weight: raw.weight,
})

/** Puts a plan into the queue of its place. A repeat finds the row and changes nothing. */
export async function enqueueTurn(tx: Sql, plan: RolloutPlan, subject: string): Promise<void> {
  await tx.build
    .insertInto('turn')
    .values({
      workflow_id: plan.workflowId,
      place: placeKey(plan.place),
      kind: plan.kind,
      subject,
      release_number: plan.releaseNumber,
      plan: jsonOf(plan),
    })
    .onConflict((conflict) => conflict.column('workflow_id').doNothing())
    .execute()
}

/** The place's row, locked: every change of its queue happens under this lock, so that two never interleave. */
export async function lockPlace(tx: Sql, place: string): Promise<EnvironmentRow> {
  const row = await tx.build
    .selectFrom('environment')
    .select(['stable', 'stable_release', 'stable_number', 'last_turn'])
    .where('place', '=', place)
    .forUpdate()
    .executeTakeFirst()
  if (!row) throw new Error(`no environment ${place}`)
  return {
    place,
    stable: row.stable,
    stableRelease: row.stable_release,
    stableNumber: row.stable_number,
    lastTurn: row.last_turn,
  }
}

export async function readTurn(db: Sql, workflowId: string): Promise<TurnRow | undefined> {
  const raw = await db.build.selectFrom('turn').select(columns).where('workflow_id', '=', workflowId).executeTakeFirst()
  return raw && turnOf(raw)
}

const unended = (db: Sql) => db.build.selectFrom('turn').select(columns).where('state', '<>', 'over').orderBy('id')

/** Turns of a place that are not over, oldest first. */
export const queueOf = async (db: Sql, place: string): Promise<readonly TurnRow[]> =>
  (await unended(db).where('place', '=', place).execute()).map(turnOf)

/** Every turn that is not over: what the sweeper looks at. */
export const unendedTurns = async (db: Sql): Promise<readonly TurnRow[]> => (await unended(db).execute()).map(turnOf)

/** Opens the next waiting turn where the place is free. The caller holds the place's lock. Returns who got it. */
export async function grantNext(tx: Sql, place: string): Promise<TurnRow | undefined> {
  const queue = await queueOf(tx, place)
  if (queue.some((turn) => turn.state === 'open')) return undefined
  const next = nextTurn(queue)
  if (!next) return undefined
  await openTurn(tx, next.workflowId)
  return next
}

/** Gives the place to a turn. The caller holds the place's lock, and knows that it is free. */
export async function openTurn(tx: Sql, workflowId: string): Promise<void> {
  await tx.build
    .updateTable('turn')
    .set({ state: 'open', taken_at: sql<Date>`now()` })
    .where('workflow_id', '=', workflowId)
    .execute()
}

/** Gives the holder the place's next number: at its first act, and again when another run of it takes over. */
export async function renumber(tx: Sql, turn: Pick<TurnRow, 'workflowId' | 'place'>, runId: string): Promise<number> {
  const row = await tx.build
    .updateTable('environment')
    .set((eb) => ({ last_turn: eb('last_turn', '+', 1) }))
    .where('place', '=', turn.place)
    .returning('last_turn')
    .executeTakeFirst()
  if (!row) throw new Error(`no environment ${turn.place}`)
  await tx.build
    .updateTable('turn')
    .set({ number: row.last_turn, run_id: runId, step: 0 })
    .where('workflow_id', '=', turn.workflowId)
    .execute()
  return row.last_turn
}

/** Asks something of a turn that is not over. An abort is never weakened to something milder. Returns whether the row was there. */
export async function askTurn(tx: Sql, workflowId: string, asked: Asked): Promise<boolean> {
  const row = await tx.build
    .updateTable('turn')
    .set({ asked: sql<Asked>`case when asked in ('abort', 'supersede') then asked else ${asked} end` })
    .where('workflow_id', '=', workflowId)
    .where('state', '<>', 'over')
    .returning('workflow_id')
    .executeTakeFirst()
  return row !== undefined
}

/** Writes what a turn ended as. The caller holds the place's lock. */
export async function writeEnd(tx: Sql, workflowId: string, outcome: Outcome, reason: Reason | null): Promise<void> {
  const now = sql<Date>`now()`
  await tx.build
    .updateTable('turn')
    .set({ state: 'over', phase: 'ended', outcome, reason: reason && jsonOf(reason), over_at: now, phase_since: now })
    .where('workflow_id', '=', workflowId)
    .execute()
}
