/** The door to what counts requests. No answer is an error here and `blind` in the analysis, never health. */
import type { Reading, ReplicaHistory } from '../../domain/analysis/reading.ts'
import type { Place } from '../../domain/identity.ts'

export interface Metrics {
  /** Cumulative counters of every replica at the place, now. @throws Problem metrics-unavailable */
  read(place: Place): Promise<Reading>
  /** What one revision's replicas counted in the last hours, for dispersion and for the plan's estimate. @throws Problem metrics-unavailable */
  history(place: Place, revision: string, sinceMs: number): Promise<readonly ReplicaHistory[]>
}
