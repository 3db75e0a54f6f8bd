/** When a revision had no healthy replica: since when it has none now, and its earlier outages of the last two minutes. */
import type { Liveness, Outage } from '../domain/analysis/liveness.ts'

export interface Outages {
  /** @param isHealthy whether any replica is healthy */
  note(isHealthy: boolean, nowMs: number): void
  wasHealthy(): boolean
  read(nowMs: number): Pick<Liveness, 'deadSinceMs' | 'outages'>
}

const keptMs = 120_000
const keptAtMost = 200

/**
 * @param servingBefore it was serving until the runtime itself died at `nowMs`. That outage does not count against the revision, unless the
 * revision does not become healthy again
 */
export function createOutages(servingBefore: boolean, nowMs: number): Outages {
  let wasHealthy = servingBefore
  let deadSinceMs = servingBefore ? nowMs : null
  let isOurs = servingBefore
  let over: Outage[] = []
  return {
    note(isHealthy, nowMs) {
      wasHealthy ||= isHealthy
      if (!wasHealthy) return
      if (!isHealthy) return void (deadSinceMs ??= nowMs)
      if (deadSinceMs !== null && !isOurs) over = [...over, { fromMs: deadSinceMs, untilMs: nowMs }].slice(-keptAtMost)
      deadSinceMs = null
      isOurs = false
    },
    wasHealthy: () => wasHealthy,
    read(nowMs) {
      over = over.filter(({ untilMs }) => nowMs - untilMs < keptMs)
      return { deadSinceMs, outages: over }
    },
  }
}
