/**
 * Whether an analysis worker looks at a version that has traffic. It is computed at the read, so that it shows even where no worker runs to
 * say it.
 */
import type { TurnRow } from '../../adapters/postgres/releases/release-queries.ts'
import type { Phase } from '../../domain/rollout/phase.ts'

/** Phases in which a version with traffic is looked at, or is about to be. */
const guarded: readonly Phase[] = ['shifting', 'promoting', 'baking', 'gated', 'paused', 'held', 'watching']

/** An analysis is kept every 5 s, and one whose worker was lost goes on elsewhere within 6 s. */
const unguardedAfterMs = 15_000

/** For how long nobody has looked, in milliseconds. Null while a worker looks, or where there is nothing to look at. */
export function unguardedMs({ state, phase, phaseSince, weight, lookedAt }: TurnRow, nowMs: number): number | null {
  if (state !== 'open' || weight === 0 || !guarded.includes(phase)) return null
  const sinceMs = Math.max(phaseSince.getTime(), lookedAt?.getTime() ?? 0)
  return nowMs - sinceMs > unguardedAfterMs ? nowMs - sinceMs : null
}
