/** The API's client of Temporal: starts, requests, signals, and whether a workflow can run. Every call has a short deadline. */
import { ApplicationFailure, SearchAttributeType, TypedSearchAttributes, defineSearchAttributeKey } from '@temporalio/common'
import type { Client } from '@temporalio/client'
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client'
import type { Actor } from '../../domain/actor.ts'
import { releaseWorkflowId } from '../../domain/identity.ts'
import type { Request } from '../../domain/rollout/phase.ts'
import type { ReleasePlan, RolloutPlan } from '../../domain/plan/plan.ts'
import { Problem, isProblemCode } from '../../domain/problem.ts'
import { workflowTaskTimeoutMs } from '../../domain/task-time.ts'
import type { WorkflowType } from '../../domain/temporal-names.ts'
import { wakeSignalName, requestUpdateName, searchAttributes, taskQueues, workflowTypes } from '../../domain/temporal-names.ts'

export interface Control {
  /** Does nothing if the workflow was started before. @throws Problem temporal-unavailable */
  startRelease(plan: ReleasePlan): Promise<void>
  /** Does nothing if the workflow was started before. @throws Problem temporal-unavailable */
  startRollback(plan: RolloutPlan, requestedBy: Actor): Promise<void>
  /**
   * Sends one update. Temporal carries out the same `updateId` once per run. Returns the phase that accepted it.
   * @throws Problem wrong-phase with the legal moves, not-found when the workflow does not run, no-worker after 3 s, temporal-unavailable
   */
  request(workflowId: string, request: Request, updateId: string): Promise<{ readonly phase: string }>
  /** Never fails, because it only saves time. */
  wake(workflowId: string): Promise<void>
  /** Whether the workflow has a task that no worker has finished for 30 s. @throws Problem temporal-unavailable */
  isStuck(workflowId: string, nowMs: number): Promise<boolean>
  /** @throws Problem temporal-unavailable */
  ping(): Promise<void>
}

const startDeadlineMs = 3_000
const requestDeadlineMs = 3_000
const stuckAfterMs = 30_000

/** @param client with a lazy connection, so that the API starts, and history stays readable, while Temporal is unavailable */
export function createControl(client: Client): Control {
  return {
    startRelease: (plan) =>
      start(client, workflowTypes.release, releaseWorkflowId(plan.service, plan.release), plan, {
        summary: `${plan.service} ${plan.version}`,
        attributes: {
          [searchAttributes.service]: plan.service,
          [searchAttributes.release]: plan.release,
          [searchAttributes.kind]: workflowTypes.release,
          [searchAttributes.requestedBy]: plan.requestedBy.id,
        },
      }),

    startRollback: (plan, requestedBy) =>
      start(client, workflowTypes.rollback, plan.workflowId, plan, {
        summary: `${plan.ref.service} in ${plan.ref.environment} back to ${plan.canary.version}`,
        attributes: {
          [searchAttributes.service]: plan.ref.service,
          [searchAttributes.environment]: plan.ref.environment,
          [searchAttributes.release]: plan.release,
          [searchAttributes.kind]: workflowTypes.rollback,
          [searchAttributes.phase]: 'queued',
          [searchAttributes.requestedBy]: requestedBy.id,
        },
      }),

    request: (workflowId, request, updateId) => askOf(client, workflowId, request, updateId),

    async wake(workflowId) {
      try {
        await client.withDeadline(Date.now() + 1_000, () => client.workflow.getHandle(workflowId).signal(wakeSignalName))
      } catch {
        // The sweeper signals again.
      }
    },

    isStuck: (workflowId, nowMs) => isStuck(client, workflowId, nowMs),

    ping: () => ping(client),
  }
}

async function ping(client: Client): Promise<void> {
  try {
    await client.withDeadline(Date.now() + 1_000, () => client.workflowService.getSystemInfo({}))
  } catch (error) {
    throw unavailable(error)
  }
}

interface Shown {
  readonly summary: string
  readonly attributes: Readonly<Record<string, string>>
}

async function start(
  client: Client,
  type: WorkflowType,
  workflowId: string,
  plan: unknown,
  { summary, attributes }: Shown,
): Promise<void> {
  const typedSearchAttributes = new TypedSearchAttributes(
    Object.entries(attributes).map(([name, value]) => ({
      key: defineSearchAttributeKey(name, SearchAttributeType.KEYWORD),
      value,
    })),
  )
  try {
    await client.withDeadline(Date.now() + startDeadlineMs, () =>
      client.workflow.start(type, {
        workflowId,
        taskQueue: taskQueues.control,
        args: [plan],
        typedSearchAttributes,
        staticSummary: summary,
        workflowTaskTimeout: workflowTaskTimeoutMs,
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      }),
    )
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw unavailable(error)
  }
}

async function askOf(client: Client, workflowId: string, request: Request, updateId: string): Promise<{ phase: string }> {
  try {
    return await client.withDeadline(Date.now() + requestDeadlineMs, () =>
      client.workflow
        .getHandle(workflowId)
        .executeUpdate<{ phase: string }, [Request]>(requestUpdateName, { updateId, args: [request] }),
    )
  } catch (error) {
    throw refusal(workflowId, error) ?? (await silence(client, error))
  }
}

/** The problem of a rejected update; null when no worker answered. */
function refusal(workflowId: string, error: unknown): Problem | null {
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    const { type, message, details } = error.cause
    const [shown] = (details ?? []) as { hint?: string; more?: Record<string, unknown> }[]
    if (isProblemCode(type))
      return new Problem(type, message, {
        ...(shown?.hint === undefined ? {} : { hint: shown.hint }),
        ...(shown?.more === undefined ? {} : { more: shown.more }),
      })
  }
  if (error instanceof WorkflowNotFoundError) return new Problem('not-found', `${workflowId} does not run`, { cause: error })
  return null
}

/** Tells whether no worker answers or Temporal itself is unavailable. */
async function silence(client: Client, cause: unknown): Promise<Problem> {
  try {
    await ping(client)
  } catch {
    return unavailable(cause)
  }
  return new Problem('no-worker', 'no worker answered within 3 s', { cause })
}

async function isStuck(client: Client, workflowId: string, nowMs: number): Promise<boolean> {
  try {
    const { raw } = await client.withDeadline(Date.now() + 2_000, () => client.workflow.getHandle(workflowId).describe())
    const task = raw.pendingWorkflowTask
    if (!task) return false
    const since = task.originalScheduledTime ?? task.scheduledTime
    const sinceMs = since ? Number(since.seconds ?? 0) * 1_000 : nowMs
    return nowMs - sinceMs > stuckAfterMs
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false
    throw unavailable(error)
  }
}

const unavailable = (error: unknown): Problem => new Problem('temporal-unavailable', 'Temporal does not answer', { cause: error })
