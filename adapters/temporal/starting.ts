/** Starts accepted releases and rollbacks that were never started, because the API died or Temporal was unavailable after the commit. */
import type { Client } from '@temporalio/client'
import type { Actor } from '../../domain/actor.ts'
import type { ReleasePlan, RolloutPlan } from '../../domain/plan/plan.ts'
import type { Database } from '../postgres/database/database.ts'
import { createStarts } from '../postgres/releases/starts.ts'
import { createControl } from './client.ts'

/** Each start is idempotent, and is recorded once Temporal has confirmed it. @throws Problem database-unavailable, temporal-unavailable */
export interface Starting {
  /** Starts everything overdue. A start that fails waits for the next sweep. */
  startUnstarted(): Promise<void>
  startRollback(plan: RolloutPlan, requestedBy: Actor): Promise<void>
}

/** After this time, the API process that accepted it will no longer start it. */
const overdueMs = 10_000

export function createStarting(db: Database, client: Client): Starting {
  const starts = createStarts(db)
  const control = createControl(client)
  const startRelease = async (plan: ReleasePlan) => {
    await control.startRelease(plan)
    await starts.markStarted('release', plan.release)
  }
  const startRollback: Starting['startRollback'] = async (plan, requestedBy) => {
    await control.startRollback(plan, requestedBy)
    await starts.markStarted('rollback', plan.workflowId)
  }
  return {
    startRollback,
    async startUnstarted() {
      const { releases, rollbacks } = await starts.unstarted(overdueMs)
      for (const plan of releases) await startRelease(plan)
      for (const { plan, requestedBy } of rollbacks) await startRollback(plan, requestedBy)
    },
  }
}
