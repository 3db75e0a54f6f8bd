/** How long a kubelet waits before it starts a container or pulls an image again. Pure. */

export interface BackOffPolicy {
  readonly baseMs: number
  readonly longestMs: number
}

/** Waits from `baseMs` to 30 times as long, as a real kubelet waits from 10 s to 300 s. */
export const backOffPolicy = (baseMs: number): BackOffPolicy => ({ baseMs, longestMs: baseMs * 30 })

export interface BackOff {
  /** Zero before the first wait. */
  readonly delayMs: number
  /** When the delay last grew. */
  readonly since: number
}

export const noBackOff: BackOff = { delayMs: 0, since: 0 }

/** When a container that ended starts again: the first time at once, then after a delay that doubles. */
export function afterExit(backOff: BackOff, endedAt: number, policy: BackOffPolicy): { startAt: number; backOff: BackOff } {
  const delayMs = isForgotten(backOff, endedAt, policy) ? 0 : backOff.delayMs
  const startAt = endedAt + delayMs
  return { startAt, backOff: { delayMs: grown(delayMs, policy), since: startAt } }
}

/** The wait after a failed pull. Unlike a container, an image waits from the first failure on. */
export function afterFailedPull(backOff: BackOff, failedAt: number, policy: BackOffPolicy): BackOff {
  const delayMs = isForgotten(backOff, failedAt, policy) ? 0 : backOff.delayMs
  return { delayMs: grown(delayMs, policy), since: failedAt }
}

/** The delay as Kubernetes writes it in messages: `10s`, `2m40s`, and `250ms` where a test made it short. */
export function delayText(delayMs: number): string {
  if (delayMs < 1_000) return `${delayMs}ms`
  const seconds = Math.round(delayMs / 1_000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}

const grown = (delayMs: number, { baseMs, longestMs }: BackOffPolicy): number =>
  delayMs === 0 ? baseMs : Math.min(delayMs * 2, longestMs)

/** A container that ran for more than twice the longest delay begins with no delay. */
const isForgotten = ({ since }: BackOff, now: number, { longestMs }: BackOffPolicy): boolean => now - since > 2 * longestMs
