/** Resets of workflows, as an operator does them in Temporal. */
import { randomUUID } from 'node:crypto'
import type { Client } from '@temporalio/client'

/** Resets a workflow's newest run to its first workflow task, or to one in the middle; answers the new run. */
export async function resetTo(client: Client, workflowId: string, where: 'first' | 'middle'): Promise<string> {
  const handle = client.workflow.getHandle(workflowId)
  const { runId } = await handle.describe()
  const { events } = await handle.fetchHistory()
  const tasks = (events ?? []).filter(({ workflowTaskCompletedEventAttributes }) => workflowTaskCompletedEventAttributes)
  const task = where === 'first' ? tasks[0] : tasks[Math.floor(tasks.length / 2)]
  if (!task?.eventId) throw new Error(`${workflowId} has no workflow task to reset to`)
  const answer = await client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId, runId },
    reason: 'reset in a test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: task.eventId,
  })
  return answer.runId ?? ''
}
