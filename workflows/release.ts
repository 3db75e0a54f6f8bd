/** The durable run of a release: one rollout per environment, in order, until one does not succeed. */
import {
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  executeChild,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow'
import type { ActActivities } from '../activities/registry.ts'
import type { RolloutEnd } from '../domain/rollout/step-input.ts'
import type { Outcome } from '../domain/rollout/phase.ts'
import type { ReleasePlan, RolloutPlan } from '../domain/plan/plan.ts'
import { workflowTaskTimeoutMs } from '../domain/task-time.ts'
import { rolloutAttributes } from './attributes.ts'
import { consoleLink } from './console-link.ts'
import { taskQueues, workflowTypes } from '../domain/temporal-names.ts'
import type { rollout } from './rollout.ts'

export async function release(plan: ReleasePlan): Promise<Pick<RolloutEnd, 'outcome'>> {
  for (const part of plan.rollouts) {
    setCurrentDetails(`**${plan.version}** waits for ${part.ref.environment}: see ${part.workflowId}${consoleLink(part)}`)
    const outcome = await runRollout(part)
    if (outcome !== 'succeeded') return { outcome }
  }
  return { outcome: 'succeeded' }
}

/**
 * Runs one rollout as a child. Where the child was started before, was reset or was terminated, the row says how it ended; this workflow is
 * not needed for the revert.
 */
async function runRollout(plan: RolloutPlan): Promise<Outcome> {
  try {
    const { outcome } = await executeChild<typeof rollout>(workflowTypes.rollout, {
      workflowId: plan.workflowId,
      args: [plan],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      workflowTaskTimeout: workflowTaskTimeoutMs,
      typedSearchAttributes: rolloutAttributes(plan, workflowInfo().typedSearchAttributes),
      staticSummary: `${plan.canary.version} to ${plan.ref.environment}`,
    })
    return outcome
  } catch {
    return outcomes.readOutcome({ workflowId: plan.workflowId })
  }
}

const outcomes = proxyActivities<ActActivities>({
  taskQueue: taskQueues.act,
  startToCloseTimeout: '5s',
  retry: { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '10s' },
})
