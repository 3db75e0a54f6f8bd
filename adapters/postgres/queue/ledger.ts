/**
 * Where activities write projection and events, in one transaction. The ledger also issues fencing tokens: a run that does not hold the
 * turn must be the current one in Temporal, and then takes the turn over with a new token.
 */
import type { SubjectRef } from '../../../domain/subject.ts'
import { subjectOf } from '../../../domain/subject.ts'
import type { QueryCreator } from 'kysely'
import { sql } from 'kysely'
import { Problem } from '../../../domain/problem.ts'
import type { FencingToken } from '../../../domain/queue/fencing-token.ts'
import type { PendingRequest, Turn } from '../../../domain/queue/turn.ts'
import type { Database, Sql } from '../database/database.ts'
import type { Tables } from '../database/tables.ts'
import type { NewEvent } from '../../../domain/events/event.ts'
import { appendEvents } from '../events/events.ts'
import type { Lease, Run } from './lease.ts'
import { lockResource, readTurn, renumber } from './turns.ts'

/** `Lease` is what an activity acts under, `Change` what it writes of its kind of work. */
export interface Ledger<Lease, Change> {
  /** @throws Problem stale-token when a newer run of the workflow exists; not-found */
  verifyLease(run: Run, step: number): Promise<Lease>
  /** Writes projection and events once per (token, step). Returns the pending request to the turn's holder. @throws Problem stale-token */
  record(lease: Lease, change: Change): Promise<PendingRequest | null>
}

/**
 * One row where the lease is still valid, no row where a newer step or run has the turn. The same statement locks the row of the turn and
 * writes its step.
 */
export type Fenced = QueryCreator<Tables & { fenced: { workflow_id: string; pending: PendingRequest | null } }>

/** What a kind of work shows while it runs: a table beside the queue. */
export interface Projection<Row extends Turn, Change> {
  /** The turn with its projection. */
  read(db: Sql, workflowId: string): Promise<Row | undefined>
  /** Writes in a statement over `fenced`, and returns its row. It must write nothing where `fenced` is empty. */
  write(fenced: Fenced, lease: Lease<Row>, change: Change): Promise<{ readonly pending: PendingRequest | null } | undefined>
  eventsOf(lease: Lease<Row>, change: Change): readonly NewEvent[]
}

/** Asks Temporal which run of a workflow is the current one. */
export type CurrentRun = (workflowId: string) => Promise<string | null>

export const createLedger = <Row extends Turn, Change>(
  db: Database,
  projection: Projection<Row, Change>,
  currentRun: CurrentRun,
): Ledger<Lease<Row>, Change> => ({
  async verifyLease(run, step) {
    const turn = await projection.read(db, run.workflowId)
    if (!turn) throw new Problem('not-found', `there is no turn of ${run.workflowId}`)
    const token =
      turn.state === 'over' || turn.runId === run.runId ? (turn.token ?? 0) : await takeOver(db, currentRun, turn, run)
    return { turn: { ...turn, token }, fencingToken: { workflowId: run.workflowId, token, step } }
  },

  async record(lease, change) {
    const entry = { fencingToken: lease.fencingToken, subject: subjectOf(lease.turn), events: projection.eventsOf(lease, change) }
    const { pending } = await recordOnce(db, entry, (tx) => projection.write(fencedBy(tx, lease.fencingToken), lease, change))
    return pending
  },
})

export interface Entry {
  readonly fencingToken: FencingToken
  readonly subject: SubjectRef
  /** Each is written once, by its key. */
  readonly events: readonly NewEvent[]
}

/**
 * Writes projection and events of one step in one transaction.
 * @param write writes the projection; returns undefined where a newer step or run has the turn
 * @throws Problem stale-token
 */
export const recordOnce = <Row>(
  db: Database,
  { fencingToken, subject, events }: Entry,
  write: (tx: Sql) => Promise<Row | undefined>,
): Promise<Row> =>
  db.transaction(async (tx) => {
    const row = await write(tx)
    if (row === undefined) throw new Problem('stale-token', `a newer step of ${fencingToken.workflowId} has been here`)
    await appendEvents(tx, subject, events)
    return row
  }, 'transaction.record')

/** Before a turn is taken, there is nothing to take over. After a reset the new run takes the turn over, and only the current run may. */
async function takeOver(db: Database, currentRun: CurrentRun, turn: Turn, run: Run): Promise<number> {
  if (turn.runId === null) return turn.token ?? 0
  if ((await currentRun(run.workflowId)) !== run.runId)
    throw new Problem('stale-token', `another run of ${run.workflowId} has the turn`)
  return db.transaction(async (tx) => {
    await lockResource(tx, turn.resource)
    const again = await readTurn(tx, run.workflowId)
    if (!again || again.state === 'over' || again.runId === run.runId) return again?.token ?? 0
    return renumber(tx, turn, run.runId)
  }, 'transaction.take-over')
}

const fencedBy = (tx: Sql, { workflowId, token, step }: FencingToken): Fenced =>
  tx.build.with('fenced', (db) =>
    db
      .updateTable('turn')
      .set({ step })
      .where('workflow_id', '=', workflowId)
      .where(sql<number>`coalesce(token, 0)`, '=', token)
      .where('step', '<=', step)
      .where('state', '<>', 'over')
      .returning(['workflow_id', 'pending']),
  )
