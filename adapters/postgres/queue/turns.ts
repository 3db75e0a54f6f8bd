/** The queue of turns: rows of `turn` under their place's row lock. Who is next is decided by `domain/queue/turn.ts`. */
import type { Revision, RolloutPlan } from '../../../domain/plan/plan.ts'
import type { Outcome, Phase } from '../../../domain/rollout/phase.ts'
import { placeKey } from '../../../domain/identity.ts'
import type { Asked, Turn, TurnKind, TurnState } from '../../../domain/queue/turn.ts'
import { nextTurn } from '../../../domain/queue/turn.ts'
import type { Sql } from '../database/pool.ts'
import { jsonOf } from '../database/storable.ts'

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

interface RawTurn {
  workflow_id: string
  place: string
  kind: TurnKind
  subject: string
  release_number: number
  plan: RolloutPlan
  state: TurnState
  phase: Phase
  asked: Asked | null
  number: number | null
  step: number
  run_id: string | null
  outcome: Outcome | null
  stable: Revision | null
  weight: number
}

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

const columns = `workflow_id, place, kind, subject, release_number, plan, state, phase, asked, number, step, run_id, outcome, stable, weight`

/** Puts a plan into the queue of its place. A repeat finds the row and changes nothing. */
export async function enqueueTurn(tx: Sql, plan: RolloutPlan, subject: string): Promise<void> {
  await tx.query(
    `insert into turn (workflow_id, place, kind, subject, release_number, plan) values ($1, $2, $3, $4, $5, $6)
     on conflict (workflow_id) do nothing`,
    [plan.workflowId, placeKey(plan.place), plan.kind, subject, plan.releaseNumber, jsonOf(plan)],
  )
}

/** The place's row, locked: every change of its queue happens under this lock, so that two never interleave. */
export async function lockPlace(tx: Sql, place: string): Promise<EnvironmentRow> {
  const [row] = await tx.query<{
    stable: Revision | null
    stable_release: string | null
    stable_number: number | null
    last_turn: number
  }>('select stable, stable_release, stable_number, last_turn from environment where place = $1 for update', [place])
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
  const [raw] = await db.query<RawTurn>(`select ${columns} from turn where workflow_id = $1`, [workflowId])
  return raw && turnOf(raw)
}

/** Turns of a place that are not over, oldest first. */
export async function queueOf(db: Sql, place: string): Promise<readonly TurnRow[]> {
  const rows = await db.query<RawTurn>(`select ${columns} from turn where place = $1 and state <> 'over' order by id`, [place])
  return rows.map(turnOf)
}

/** Every turn that is not over: what the sweeper looks at. */
export async function unendedTurns(db: Sql): Promise<readonly TurnRow[]> {
  const rows = await db.query<RawTurn>(`select ${columns} from turn where state <> 'over' order by id`)
  return rows.map(turnOf)
}

/** Opens the next waiting turn where the place is free. The caller holds the place's lock. Returns who got it. */
export async function grantNext(tx: Sql, place: string): Promise<TurnRow | undefined> {
  const queue = await queueOf(tx, place)
  if (queue.some((turn) => turn.state === 'open')) return undefined
  const next = nextTurn(queue)
  if (!next) return undefined
  await tx.query(`update turn set state = 'open', taken_at = now() where workflow_id = $1`, [next.workflowId])
  return next
}

/** Gives the holder the place's next number: at its first act, and again when another run of it takes over. */
export async function renumber(tx: Sql, turn: Pick<TurnRow, 'workflowId' | 'place'>, runId: string): Promise<number> {
  const [row] = await tx.query<{ last_turn: number }>(
    'update environment set last_turn = last_turn + 1 where place = $1 returning last_turn',
    [turn.place],
  )
  if (!row) throw new Error(`no environment ${turn.place}`)
  await tx.query('update turn set number = $2, run_id = $3, step = 0 where workflow_id = $1', [
    turn.workflowId,
    row.last_turn,
    runId,
  ])
  return row.last_turn
}

/** Asks something of a turn that is not over. An abort is never weakened to something milder. Returns whether the row was there. */
export async function askTurn(tx: Sql, workflowId: string, asked: Asked): Promise<boolean> {
  const rows = await tx.query(
    `update turn set asked = case when asked in ('abort', 'supersede') then asked else $2 end
     where workflow_id = $1 and state <> 'over' returning workflow_id`,
    [workflowId, asked],
  )
  return rows.length > 0
}
