/** Failures at the border of the workflow: problems become refusals, failed steps become reasons. */
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow'
import type { LastCause } from '../domain/rollout/step-input.ts'
import type { Reason, Unready } from '../domain/rollout/reason.ts'
import type { RolloutState, Step } from '../domain/rollout/rollout.ts'
import { Problem } from '../domain/problem.ts'

/** Rethrows a Problem as the failure that an update's caller can read: its code as type, hint and more as details. */
export function refuse(check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const { code, message, hint, more } = error
    throw ApplicationFailure.create({ type: code, message, nonRetryable: true, details: [{ hint, more }] })
  }
}

/** Why a step failed for good, as a reason to revert. A version that was not ready in time has missed its progress deadline. */
export function failureOf(state: RolloutState, step: Step, error: unknown): Reason {
  const unstarted = unstartedBy(error)
  if (unstarted)
    return { code: withoutSlot[unstarted] ?? 'step-failed', detail: `no analysis worker was free for it (${unstarted})` }
  const { code, isLate, message, hint, unready } = rootOf(error)
  const because = { detail: message, ...(hint === null ? {} : { hint }), ...(unready === null ? {} : { unready }) }
  if (code === 'smoke-failed' || code === 'hook-failed' || code === 'cannot-start') return { code, ...because }
  const comesUp = step.kind === 'prepare' || (step.kind === 'shift' && state.phase !== 'reverting')
  if (comesUp && (isLate || code === 'target-not-ready')) return { code: 'progress-deadline', ...because }
  return { code: 'step-failed', ...because, detail: `${step.kind}: ${message}` }
}

/** True where the time for all attempts ran out; false where the activity failed for good. */
export const isOutOfTime = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  (error.retryState === 'TIMEOUT' || (error.cause instanceof TimeoutFailure && error.cause.timeoutType === 'SCHEDULE_TO_CLOSE'))

/** The activity that no worker started in time. Undefined where something else failed. */
const unstartedBy = (error: unknown): string | undefined =>
  error instanceof ActivityFailure && error.cause instanceof TimeoutFailure && error.cause.timeoutType === 'SCHEDULE_TO_START'
    ? error.activityType
    : undefined

const withoutSlot: Readonly<Record<string, Reason['code']>> = {
  analyse: 'blind',
  smoke: 'progress-deadline',
  hook: 'hook-failed',
}

interface Root {
  readonly code: string
  /** True where the time ran out, whatever the failure of the last attempt. */
  readonly isLate: boolean
  readonly message: string
  readonly hint: string | null
  readonly unready: Unready | null
}

/** What the details of a failure hold, as adapters/temporal/problems.ts writes them. */
interface FailureDetails {
  readonly hint?: string
  readonly more?: { readonly unready?: Unready }
}

const noDetails = { isLate: false, hint: null, unready: null }

function rootOf(error: unknown): Root {
  if (error instanceof ActivityFailure && error.cause) return rootOf(error.cause)
  if (error instanceof TimeoutFailure) return { ...causeOf(error), isLate: true }
  if (error instanceof ApplicationFailure) {
    const [details] = (error.details ?? []) as readonly (FailureDetails | undefined)[]
    const { hint = null, more } = details ?? {}
    return { code: error.type ?? 'internal', isLate: false, message: error.message, hint, unready: more?.unready ?? null }
  }
  return { ...noDetails, code: 'internal', message: error instanceof Error ? error.message : String(error) }
}

/** What failed before a timeout: its own cause, or what the heartbeats of the last attempts carried. */
function causeOf({ cause, lastHeartbeatDetails }: TimeoutFailure): Root {
  if (cause) return rootOf(cause)
  const last = lastHeartbeatDetails as LastCause | null | undefined
  if (typeof last?.message === 'string') return { ...last, isLate: true }
  return { ...noDetails, code: 'timeout', isLate: true, message: 'no worker or target answered in time' }
}
