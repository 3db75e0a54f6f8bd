/**
 * Whether an analysis worker looks at a version that has traffic. It is computed at the read, so that it shows even when no worker runs.
 */
import type { TurnRow } from '../../adapters/postgres/releases/subject-rows.ts'
import type { Phase } from '../../domain/rollout/phase.ts'

/** Phases in which a version with traffic is looked at, or is about to be. */
const guarded: readonly Phase[] = ['shifting', 'promoting', 'baking', 'gated', 'paused', 'held', 'watching']

/** An analysis is stored every 5 s. When its worker is lost, another continues it within 6 s. */
const unguardedAfterMs = 15_000

/** How long no worker has looked, in milliseconds; null while a worker looks, or no version needs it. */
export function unguardedMs({ state, phase, phaseSince, weight, lookedAt }: TurnRow, nowMs: number): number | null {
  if (state !== 'open' || weight === 0 || !guarded.includes(phase)) return null
  const sinceMs = Math.max(phaseSince.getTime(), lookedAt?.getTime() ?? 0)
  return nowMs - sinceMs > unguardedAfterMs ? nowMs - sinceMs : null
}
