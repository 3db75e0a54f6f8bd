/** How long a kubelet waits before it starts a container again, or asks again for an image. Pure. */

export interface BackOffPolicy {
  readonly baseMs: number
  readonly longestMs: number
}

/** As a real kubelet's 10 s to 300 s, in the proportion of `baseMs`. */
export const backOffPolicy = (baseMs: number): BackOffPolicy => ({ baseMs, longestMs: baseMs * 30 })

export interface BackOff {
  /** Zero before the first wait. */
  readonly delayMs: number
  /** When it last grew. */
  readonly since: number
}

export const noBackOff: BackOff = { delayMs: 0, since: 0 }

/** A container that ended: the first time it starts again at once, then after a delay that doubles. */
export function afterExit(backOff: BackOff, endedAt: number, policy: BackOffPolicy): { startAt: number; backOff: BackOff } {
  const delayMs = isForgotten(backOff, endedAt, policy) ? 0 : backOff.delayMs
  const startAt = endedAt + delayMs
  return { startAt, backOff: { delayMs: grown(delayMs, policy), since: startAt } }
}

/** A failed pull waits from the first time on. */
export function afterFailedPull(backOff: BackOff, failedAt: number, policy: BackOffPolicy): BackOff {
  const delayMs = isForgotten(backOff, failedAt, policy) ? 0 : backOff.delayMs
  return { delayMs: grown(delayMs, policy), since: failedAt }
}

/** As people read it in a message: `10s`, `2m40s`, and `250ms` where a test made it short. */
export function delayText(delayMs: number): string {
  if (delayMs < 1_000) return `${delayMs}ms`
  const seconds = Math.round(delayMs / 1_000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}

const grown = (delayMs: number, { baseMs, longestMs }: BackOffPolicy): number =>
  delayMs === 0 ? baseMs : Math.min(delayMs * 2, longestMs)

/** What ran well for twice the longest delay starts afresh. */
const isForgotten = ({ since }: BackOff, now: number, { longestMs }: BackOffPolicy): boolean => now - since > 2 * longestMs
