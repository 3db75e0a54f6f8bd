/**
 * The frame of every step of any kind of work: verify the lease, do the effect under its fencing token, record it in one transaction. The
 * frame knows neither what a kind of work shows nor whether it has a turn; the ledger does.
 */
import { activityInfo } from '@temporalio/activity'
import type { Run } from '../adapters/postgres/queue/lease.ts'
import type { Ledger } from '../adapters/postgres/queue/ledger.ts'
import { isProblem } from '../domain/problem.ts'
import type { PendingRequest } from '../domain/queue/turn.ts'

/** The outcome of an effect: what the ledger writes, and the result that the workflow gets after that. */
export interface Done<Change, Result> {
  readonly change: Change
  /** @param pending the request to the holder of the turn; null when there is no turn or no request */
  result(pending: PendingRequest | null): Result
}

export interface Frame<Lease, Change, Result> {
  readonly ledger: Ledger<Lease, Change>
  /** The workflow run that the step belongs to. */
  readonly run: Run
  readonly step: number
  /** The result when the work is already over, so that the step changes nothing; null when the step continues. */
  over(lease: Lease): Result | null
  /** The result when a pending request comes first and the effect is left out; null when the effect is performed. */
  instead(lease: Lease): Result | null
  /** What is written before the effect, so that people see it. Null: nothing. */
  before(lease: Lease): Change | null
  effect(lease: Lease): Promise<Done<Change, Result>>
}

/** The workflow run that this activity belongs to. */
export function currentRun(): Run {
  const { workflowExecution } = activityInfo()
  if (!workflowExecution) throw new Error('an activity of the frame needs a workflow')
  return workflowExecution
}

/**
 * Runs the effect under the lease and records its outcome. A repeat does the effect again, so every effect is idempotent, and writes
 * nothing twice.
 * @throws Problem stale-token when a newer run or step of the workflow has the turn
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
    // The write was refused as late. When the turn is over, this step is over too. Otherwise the present holder of the turn continues.
    if (!isProblem(error, 'stale-token')) throw error
    const over = frame.over(await ledger.verifyLease(run, step))
    if (over !== null) return over
    throw error
  }
}
