/** Failures at the border of the workflow: problems as refusals, failed acts as reasons. */
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow'
import type { Reason, RolloutState, Step } from '../domain/rollout.ts'
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

/** Why an act failed for good, as a reason to go back. Time that ran out while something came up is the progress deadline. */
export function failureOf(state: RolloutState, step: Step, error: unknown): Reason {
  const unstarted = unstartedBy(error)
  if (unstarted)
    return { code: withoutSlot[unstarted] ?? 'act-failed', detail: `no analysis worker was free for it (${unstarted})` }
  const { type, message } = rootOf(error)
  if (type === 'smoke-failed' || type === 'hook-failed') return { code: type, detail: message }
  const comesUp = step.kind === 'prepare' || (step.kind === 'shift' && state.phase !== 'going-back')
  if (comesUp && (type === 'timeout' || type === 'target-not-ready')) return { code: 'progress-deadline', detail: message }
  return { code: 'act-failed', detail: `${step.kind}: ${message}` }
}

/** The activity that no worker took up in time, where that is what failed. */
const unstartedBy = (error: unknown): string | undefined =>
  error instanceof ActivityFailure && error.cause instanceof TimeoutFailure && error.cause.timeoutType === 'SCHEDULE_TO_START'
    ? error.activityType
    : undefined

const withoutSlot: Readonly<Record<string, Reason['code']>> = {
  analyse: 'blind',
  smoke: 'progress-deadline',
  hook: 'hook-failed',
}

function rootOf(error: unknown): { type: string; message: string } {
  if (error instanceof ActivityFailure && error.cause) return rootOf(error.cause)
  if (error instanceof TimeoutFailure) {
    return error.cause ? { ...rootOf(error.cause), type: 'timeout' } : { type: 'timeout', message: 'it did not answer in time' }
  }
  if (error instanceof ApplicationFailure) return { type: error.type ?? 'internal', message: error.message }
  return { type: 'internal', message: error instanceof Error ? error.message : String(error) }
}
