/** What workers ask of Temporal about other workflows: which run is current, whether it still runs; and the signals between them. */
import type { Client } from '@temporalio/client'
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client'
import type { RolloutPlan } from '../../domain/plan.ts'
import { Problem } from '../../domain/problem.ts'

export type ExecutionState = 'running' | 'closed' | 'absent'

export interface Executions {
  /** The newest run of a workflow id; null where there is none. @throws Problem temporal-unavailable */
  currentRun(workflowId: string): Promise<string | null>
  /** @throws Problem temporal-unavailable */
  state(workflowId: string): Promise<ExecutionState>
  /** Only hastens: a workflow that is not there, or a server that is away, is no error. */
  look(workflowId: string): Promise<void>
  /** Starts the workflow that brings a lost rollout home. Started already is fine. @throws Problem temporal-unavailable */
  startRollback(plan: RolloutPlan): Promise<void>
}

export const createExecutions = (client: Client): Executions => ({
  currentRun: async (workflowId) => (await describe(client, workflowId))?.runId ?? null,

  async state(workflowId) {
    const description = await describe(client, workflowId)
    if (!description) return 'absent'
    return description.status.name === 'RUNNING' ? 'running' : 'closed'
  },

  async look(workflowId) {
    try {
      await client.workflow.getHandle(workflowId).signal('look')
    } catch {
      // The sweeper signals again.
    }
  },

  async startRollback(plan) {
    try {
      await client.workflow.start('rollback', { workflowId: plan.workflowId, taskQueue: 'control', args: [plan] })
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw unavailable(error)
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
