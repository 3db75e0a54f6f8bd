/** Heartbeats of long activities. When they stop, Temporal gives the activity to another worker and does not wait for the time limit. */
import { activityInfo, heartbeat } from '@temporalio/activity'
import type { LastCause } from '../domain/rollout/step-input.ts'
import type { Unready } from '../domain/rollout/reason.ts'
import type { Problem } from '../domain/problem.ts'
import { isProblem } from '../domain/problem.ts'

type Activities = Readonly<Record<string, (input: never) => Promise<unknown>>>

/** The time between two heartbeats. Temporal gives an activity up after 2 s without one, so three in a row may be late. */
const beatMs = 500

/**
 * Sends heartbeats while `work` waits for another system, because a call that hangs until its own time limit does not mean that the worker
 * is lost.
 */
export async function alive<T>(work: () => Promise<T>, details: unknown = undefined): Promise<T> {
  const beats = setInterval(() => heartbeat(details), beatMs)
  try {
    return await work()
  } finally {
    clearInterval(beats)
  }
}

/**
 * The same activities, each with a heartbeat every 500 ms while it runs. Heartbeats carry the failure of the previous attempt, because the
 * timeout that ends a row of attempts has no other cause (workflows/failure.ts).
 */
export const withHeartbeats = <All extends Activities>(activities: All): All =>
  Object.fromEntries(
    Object.entries(activities).map(([name, work]) => [name, (input: never) => sayingWhy(() => work(input))]),
  ) as All

const lastCauseOf = ({ code, message, hint, more }: Problem): LastCause => ({
  code,
  message,
  hint: hint ?? null,
  unready: (more['unready'] as Unready | undefined) ?? null,
})

async function sayingWhy(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await alive(work, activityInfo().heartbeatDetails)
  } catch (error) {
    // Sent before the failure: Temporal hands the last heartbeat to the next attempt.
    if (isProblem(error)) heartbeat(lastCauseOf(error))
    throw error
  }
}
