/**
 * The frame of every step of any kind of work: verify the lease, do the effect under its fencing token, record it in one transaction. It knows neither
 * what a kind of work shows nor whether it has a turn: both are the ledger's.
 */
import { activityInfo } from '@temporalio/activity'
import type { Run } from '../adapters/postgres/queue/lease.ts'
import type { Ledger } from '../adapters/postgres/queue/ledger.ts'
import { isProblem } from '../domain/problem.ts'
import type { PendingRequest } from '../domain/queue/turn.ts'

/** What an effect did: what is written of it, and what the workflow is answered once that is written. */
export interface Done<Change, Result> {
  readonly change: Change
  /** @param pending what is asked of the holder of the turn; null where there is none */
  result(pending: PendingRequest | null): Result
}

export interface Frame<Lease, Change, Result> {
  readonly ledger: Ledger<Lease, Change>
  /** The workflow run on whose behalf the step is done. */
  readonly run: Run
  readonly step: number
  /** The answer where somebody else ended the work: nothing is touched. Null: it goes on. */
  over(lease: Lease): Result | null
  /** The answer where the effect is left out, because something else is asked. Null: it is done. */
  instead(lease: Lease): Result | null
  /** What is written before the effect, for people who watch. Null: nothing. */
  before(lease: Lease): Change | null
  effect(lease: Lease): Promise<Done<Change, Result>>
}

/** The workflow run on whose behalf this activity acts. */
export function currentRun(): Run {
  const { workflowExecution } = activityInfo()
  if (!workflowExecution) throw new Error('an activity of the frame needs a workflow')
  return workflowExecution
}

/**
 * Runs the effect once per (token, step) that stands, and records what came of it. A repeat does the effect again, which must bear that, and
 * writes nothing twice.
 * @throws Problem stale-turn when something newer acts on the workflow's behalf
 */
export async function inFrame<Lease, Change, Result>(frame: Frame<Lease, Change, Result>): Promise<Result> {
  const { ledger, run, step } = frame
  const lease = await ledger.verifyLease(run, step)
  const early = frame.over(lease) ?? frame.instead(lease)
  if (early !== null) return early
  try {
    const before = frame.before(lease)
    if (before !== null) await ledger.record(lease, before)
    const { change, result } = await frame.effect(lease)
    return result(await ledger.record(lease, change))
  } catch (error) {
    // Refused as late: whoever holds the turn now goes on; where it is over, so are we.
    if (!isProblem(error, 'stale-turn')) throw error
    const over = frame.over(await ledger.verifyLease(run, step))
    if (over !== null) return over
    throw error
  }
}
