/** When a revision was without a healthy replica: since when it is now, and the stretches of the last minutes that are over. */
import type { Liveness, Outage } from '../domain/analysis/liveness.ts'

export interface Outages {
  /** One is healthy, or none is any more. */
  note(isHealthy: boolean, nowMs: number): void
  wasHealthy(): boolean
  read(nowMs: number): Pick<Liveness, 'deadSinceMs' | 'outages'>
}

const keptMs = 120_000
const keptAtMost = 200

/** @param servingBefore until the runtime itself died at `nowMs`: that outage is none of the revision's, unless it does not come back */
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
