/** The interface to what counts requests. No answer is an error here and `blind` in the analysis, never health. */
import type { Counters, ReplicaHistory } from '../../domain/analysis/counters.ts'
import type { Wanted } from '../../domain/analysis/wanted.ts'
import type { MetricSettings } from '../../domain/plan/service.ts'
import type { Provider } from '../provider.ts'

export interface Metrics {
  /**
   * Cumulative counters of every replica at the environment, and of what a revision without a healthy replica missed: a request that was
   * drawn for it then is a request and an error of that revision, whoever answers it, and of no other. As new as the provider has them. A
   * replica of which it has nothing, or nothing fresh, is not among them, and why is told (`untold`): what is missing or not understood is
   * never zero.
   * @throws Problem metrics-unavailable
   */
  read(wanted: Wanted): Promise<Counters>
  /**
   * What one revision's replicas counted in the last hours, for dispersion and for the plan's estimate. @throws Problem metrics-unavailable
   */
  history(wanted: Wanted, revision: string, sinceMs: number): Promise<readonly ReplicaHistory[]>
}

export interface MetricsProvider extends Provider<Metrics> {
  /** Kinds of declared metrics that it can count, as `config` (parsed) has it: others are refused where they are declared. */
  counts(config: Readonly<Record<string, unknown>>): readonly MetricSettings['kind'][]
}
