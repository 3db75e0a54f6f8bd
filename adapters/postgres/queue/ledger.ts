/**
 * What acts write: a rollout's projection and its events, in one transaction under the turn's row. The number that fences an act comes
 * from here too: a run that is not the row's must prove that it is the current one, and then takes the turn over with a new number.
 */
import { sql } from 'kysely'
import type { ActInput } from '../../../domain/rollout/act.ts'
import { Problem } from '../../../domain/problem.ts'
import type { Asked } from '../../../domain/queue/turn.ts'
import { appendEvents } from '../events/events.ts'
import type { Happened, Held, Run } from './held.ts'
import { eventsOf } from './held.ts'
import type { Database, Sql } from '../database/pool.ts'
import { jsonOf } from '../database/storable.ts'
import type { Ending, Taken } from './taking.ts'
import { endTurn, takeTurn } from './taking.ts'
import type { TurnRow } from './turns.ts'
import { lockPlace, readTurn, renumber } from './turns.ts'

/** What an act changes in the projection besides phase, move and reason. */
export interface Changes {
  readonly weight?: number
}

export interface Ledger {
  readonly db: Database
  turn(workflowId: string): Promise<TurnRow | undefined>
  /** Asks for the turn of the run's workflow. */
  take(run: Run, input: ActInput, stableReplicas: number): Promise<Taken>
  /** Ends a turn; a repeat finds it over. Answers who was granted the place. */
  end(workflowId: string, ending: Ending): Promise<TurnRow | undefined>
  /** @throws Problem stale-turn when a newer run of the workflow exists */
  hold(run: Run, step: number): Promise<Held>
  /** Writes projection and events once per (turn, step); answers what is asked of the holder. */
  record(held: Held, input: ActInput, happened: Happened | null, changes?: Changes): Promise<Asked | null>
}

/** Asks Temporal which run of a workflow is the current one. */
export type CurrentRun = (workflowId: string) => Promise<string | null>

export function createLedger(db: Database, currentRun: CurrentRun): Ledger {
  return {
    db,
    turn: (workflowId) => readTurn(db, workflowId),
    take: (run, input, stableReplicas) => takeTurn(db, run, input, stableReplicas),
    end: (workflowId, ending) => endTurn(db, workflowId, ending),
    hold: (run, step) => hold(db, currentRun, run, step),
    record: (held, input, happened, changes = {}) =>
      db.transaction(async (tx) => {
        const asked = await writeProjection(tx, held, input, changes)
        await appendEvents(tx, held.turn.subject, eventsOf(held, input, happened))
        return asked
      }, 'transaction.record'),
  }
}

async function hold(db: Database, currentRun: CurrentRun, run: Run, step: number): Promise<Held> {
  const turn = await readTurn(db, run.workflowId)
  if (!turn) throw new Problem('not-found', `there is no turn of ${run.workflowId}`)
  const number =
    turn.state === 'over' || turn.runId === run.runId ? (turn.number ?? 0) : await takeOver(db, currentRun, turn, run)
  return { turn: { ...turn, number }, fence: { workflowId: run.workflowId, turn: number, step } }
}

/** A first act has no run to take over from; a reset's new run has, and only the current run may. */
async function takeOver(db: Database, currentRun: CurrentRun, turn: TurnRow, run: Run): Promise<number> {
  if (turn.runId === null) return turn.number ?? 0
  if ((await currentRun(run.workflowId)) !== run.runId)
    throw new Problem('stale-turn', `another run of ${run.workflowId} has the turn`)
  return db.transaction(async (tx) => {
    await lockPlace(tx, turn.place)
    const again = await readTurn(tx, run.workflowId)
    if (!again || again.state === 'over' || again.runId === run.runId) return again?.number ?? 0
    return renumber(tx, turn, run.runId)
  }, 'transaction.take-over')
}

async function writeProjection(tx: Sql, { turn, fence }: Held, input: ActInput, { weight }: Changes): Promise<Asked | null> {
  const { phase, move, step, reason } = input
  const row = await tx.build
    .updateTable('turn')
    .set({
      phase,
      move,
      step,
      reason: reason && jsonOf(reason),
      weight: sql<number>`coalesce(${weight ?? null}::integer, weight)`,
      phase_since: sql<Date>`case when phase = ${phase} then phase_since else now() end`,
    })
    .where('workflow_id', '=', turn.workflowId)
    .where(sql<number>`coalesce(number, 0)`, '=', fence.turn)
    .where('step', '<=', step)
    .where('state', '<>', 'over')
    .returning('asked')
    .executeTakeFirst()
  if (!row) throw new Problem('stale-turn', `a newer act of ${turn.workflowId} has been here`)
  return row.asked
}
