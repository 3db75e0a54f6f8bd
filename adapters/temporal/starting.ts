/** Makes good what was accepted and never started: the API died, or Temporal was away, between commit and start. */
import type { Client } from '@temporalio/client'
import type { Database } from '../postgres/pool.ts'
import { createStarts } from '../postgres/starts.ts'
import { createControl } from './client.ts'

/** Old enough that whoever accepted it is not about to start it. */
const overdueMs = 10_000

/** Starts everything overdue; what fails waits for the next time. @throws Problem database-unavailable, temporal-unavailable */
export async function startUnstarted(db: Database, client: Client): Promise<void> {
  const starts = createStarts(db)
  const control = createControl(client)
  const { releases, rollbacks } = await starts.unstarted(overdueMs)
  for (const plan of releases) {
    await control.startRelease(plan)
    await starts.markStarted('release', plan.release)
  }
  for (const { plan, requestedBy } of rollbacks) {
    await control.startRollback(plan, requestedBy)
    await starts.markStarted('rollback', plan.workflowId)
  }
}
