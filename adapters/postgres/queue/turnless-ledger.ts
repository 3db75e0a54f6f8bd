/**
 * The ledger of work that needs no turn, because it changes nothing that two workflows could want at once: a decision. Its own row keeps
 * the newest run and step and refuses older ones, as the row of a turn does elsewhere.
 */
import type { NewEvent } from '../../../domain/events/event.ts'
import { Problem } from '../../../domain/problem.ts'
import type { FencingToken } from '../../../domain/queue/fencing-token.ts'
import type { SubjectRef } from '../../../domain/subject.ts'
import type { Database, Sql } from '../database/database.ts'
import type { Run } from './lease.ts'
import type { CurrentRun, Ledger } from './ledger.ts'
import { recordOnce } from './ledger.ts'

/** The row of a piece of work as its kind stores it. */
export interface Work {
  readonly subject: SubjectRef
  /** The workflow run that wrote last; null until one has. */
  readonly runId: string | null
}

/** The work as a workflow run may write it. Its fencing token has the turn 0: no target is changed under it. */
export interface WorkLease<Row extends Work = Work> {
  readonly work: Row
  readonly run: Run
  readonly fencingToken: FencingToken
}

export interface WorkProjection<Row extends Work, Change> {
  read(db: Sql, workflowId: string): Promise<Row | undefined>
  /**
   * Writes change, run and step in one statement, where the row still has the run of `lease.work` and no newer step. Returns whether it
   * wrote.
   */
  write(tx: Sql, lease: WorkLease<Row>, change: Change): Promise<boolean>
  eventsOf(lease: WorkLease<Row>, change: Change): readonly NewEvent[]
}

export const createTurnlessLedger = <Row extends Work, Change>(
  db: Database,
  projection: WorkProjection<Row, Change>,
  currentRun: CurrentRun,
): Ledger<WorkLease<Row>, Change> => ({
  async verifyLease(run, step) {
    const { workflowId, runId } = run
    const work = await projection.read(db, workflowId)
    if (!work) throw new Problem('not-found', `there is no work of ${workflowId}`)
    const isOther = work.runId !== null && work.runId !== runId
    if (isOther && (await currentRun(workflowId)) !== runId)
      throw new Problem('stale-token', `another run of ${workflowId} goes on with it`)
    return { work, run, fencingToken: { workflowId, token: 0, step } }
  },

  async record(lease, change) {
    const entry = { fencingToken: lease.fencingToken, subject: lease.work.subject, events: projection.eventsOf(lease, change) }
    await recordOnce(db, entry, async (tx) => ((await projection.write(tx, lease, change)) ? true : undefined))
    return null
  },
})
