/** The open workflows of a Temporal server that has just started, with their histories. */
import type { Client as TemporalClient } from '@temporalio/client'
import { Client, Connection } from '@temporalio/client'
import { searchAttributes as names } from '../../domain/temporal-names.ts'

export interface OpenWorkflow {
  readonly workflowId: string
  readonly runId: string
  /** Its type and phase: workflows of the same type and phase have similar histories. */
  readonly kind: string
}

export interface OpenWorkflows extends AsyncDisposable {
  /** All open workflows, from Temporal's visibility store. */
  list(): Promise<readonly OpenWorkflow[]>
  history(workflow: OpenWorkflow): ReturnType<ReturnType<TemporalClient['workflow']['getHandle']>['fetchHistory']>
  /** Does nothing if the workflow has ended. */
  terminate(workflow: OpenWorkflow, reason: string): Promise<void>
}

export async function openWorkflows(address: string): Promise<OpenWorkflows> {
  const connection = await Connection.connect({ address })
  const { workflow: workflows } = new Client({ connection })
  const handle = ({ workflowId, runId }: OpenWorkflow) => workflows.getHandle(workflowId, runId)
  return {
    async list() {
      const open: OpenWorkflow[] = []
      for await (const { workflowId, runId, type, searchAttributes } of workflows.list({
        query: 'ExecutionStatus = "Running"',
        pageSize: 1_000,
      })) {
        open.push({ workflowId, runId, kind: [type, ...(searchAttributes[names.phase] ?? [])].join(' ') })
      }
      return open
    },
    history: (workflow) => handle(workflow).fetchHistory(),
    async terminate(workflow, reason) {
      await handle(workflow)
        .terminate(reason)
        .catch((error: Error) => {
          if (error.name !== 'WorkflowNotFoundError') throw error
        })
    },
    [Symbol.asyncDispose]: () => connection.close(),
  }
}
