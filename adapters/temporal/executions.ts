/** Asks Temporal about other workflows: which run is current, and whether it still runs. Also sends the signals that wake them. */
import type { Client } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/client'
import { Problem } from '../../domain/problem.ts'
import { wakeSignalName } from '../../domain/temporal-names.ts'

export type ExecutionState = 'running' | 'closed' | 'absent'

export interface Executions {
  /** The newest run of a workflow id; null when there is none. @throws Problem temporal-unavailable */
  currentRun(workflowId: string): Promise<string | null>
  /** @throws Problem temporal-unavailable */
  state(workflowId: string): Promise<ExecutionState>
  /** Ignores a missing workflow and an unavailable server, because it only saves time. */
  wake(workflowId: string): Promise<void>
}

export const createExecutions = (client: Client): Executions => ({
  currentRun: async (workflowId) => (await describe(client, workflowId))?.runId ?? null,

  async state(workflowId) {
    const description = await describe(client, workflowId)
    if (!description) return 'absent'
    return description.status.name === 'RUNNING' ? 'running' : 'closed'
  },

  async wake(workflowId) {
    try {
      await client.workflow.getHandle(workflowId).signal(wakeSignalName)
    } catch {
      // The sweeper signals again.
    }
  },
})

async function describe(client: Client, workflowId: string) {
  try {
    return await client.workflow.getHandle(workflowId).describe()
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null
    throw unavailable(error)
  }
}

const unavailable = (error: unknown): Problem => new Problem('temporal-unavailable', 'Temporal does not answer', { cause: error })
