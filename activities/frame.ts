/**
 * The frame of every step of any kind of work: verify the lease, do the effect under its fencing token, record it in one transaction. The
 * frame knows neither what a kind of work shows nor whether it has a turn; the ledger does.
 */
import { activityInfo } from '@temporalio/activity'
import type { Run } from '../adapters/postgres/queue/lease.ts'
import type { Ledger } from '../adapters/postgres/queue/ledger.ts'
import { isProblem } from '../domain/problem.ts'
import type { PendingRequest } from '../domain/queue/turn.ts'

/** What an effect came to: what the ledger writes, and what the workflow is answered after that. */
export interface Done<Change, Result> {
  readonly change: Change
  /** @param asked the pending request to the holder of the turn; null when there is no turn or no request */
  result(pending: PendingRequest | null): Result
}

export interface Frame<Lease, Change, Result> {
  readonly ledger: Ledger<Lease, Change>
  /** The workflow run that the step belongs to. */
  readonly run: Run
  readonly step: number
  /** The answer when another has ended the work, and nothing is changed; null when the step continues. */
  over(lease: Lease): Result | null
  /** The answer when a request comes first and the effect is left out; null when the effect is performed. */
  instead(lease: Lease): Result | null
  /** What is written before the effect, for people to see. Null: nothing. */
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
 * Runs the effect under the lease and records what came of it. A repeat does the effect again, so every effect is idempotent, and writes
 * nothing twice.
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
    // Refused as late. The present holder goes on; where the turn is over, this step is over too.
    if (!isProblem(error, 'stale-turn')) throw error
    const over = frame.over(await ledger.verifyLease(run, step))
    if (over !== null) return over
    throw error
  }
}
