/** Makes good what was accepted and never started: the API died, or Temporal was away, between commit and start. */
import type { Starts } from '../postgres/starts.ts'
import type { Control } from './client.ts'

/** Old enough that whoever accepted it is not about to start it. */
const overdueMs = 10_000

/** Starts everything overdue; what fails waits for the next time. @throws Problem database-unavailable, temporal-unavailable */
export async function startUnstarted(starts: Starts, control: Pick<Control, 'startRelease' | 'startRollback'>): Promise<void> {
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
