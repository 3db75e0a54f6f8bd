/**
 * The interface to providers that count requests. A missing answer is an error here and `blind` in the analysis. It never means healthy.
 */
import type { Counters, ReplicaHistory } from '../../domain/analysis/counters.ts'
import type { Wanted } from '../../domain/analysis/wanted.ts'
import type { MetricSettings } from '../../domain/plan/service.ts'
import type { Provider } from '../provider.ts'

export interface Metrics {
  /**
   * The newest cumulative counters of every replica at the environment. They include requests that a revision without a healthy replica
   * missed: each counts as a request and an error of the revision that it was drawn for, and of no other, even when another one answers it.
   * A replica without fresh counters is left out, and `missing` says why: a missing or unknown value is never zero.
   * @throws Problem metrics-unavailable
   */
  read(wanted: Wanted): Promise<Counters>
  /**
   * The counts of one revision's replicas in the last hours, for dispersion and for the plan's estimate. @throws Problem
   * metrics-unavailable
   */
  history(wanted: Wanted, revision: string, sinceMs: number): Promise<readonly ReplicaHistory[]>
}

export interface MetricsProvider extends Provider<Metrics> {
  /** The kinds of declared metrics that it can count under a parsed `config`. A declaration with another kind is refused. */
  counts(config: Readonly<Record<string, unknown>>): readonly MetricSettings['kind'][]
}
