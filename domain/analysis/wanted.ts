/** What an analysis requests from its metrics provider: which revisions, and what besides requests, errors and status codes. */
import type { EnvironmentRef } from '../identity.ts'
import type { AnalysisSettings, MetricSettings, Objective } from '../plan/service.ts'
import { edgesOf } from './channels.ts'

/** Two cumulative counters by query. */
export type QueryMetric = Extract<MetricSettings, { readonly kind: 'query' }>

export interface Wanted {
  readonly ref: EnvironmentRef
  /** Version by revision: counters may be labelled by either. */
  readonly versions: Readonly<Record<string, string>>
  /** Latency edges, ascending: the order of `slow` in histories. */
  readonly edgesMs: readonly number[]
  readonly queries: readonly QueryMetric[]
  /**
   * What metrics need that are not dry runs. Where the provider cannot count it, nothing is known of a version, which does not mean that it
   * is good.
   */
  readonly needed: { readonly matches: readonly string[]; readonly edgesMs: readonly number[] }
}

/** @param revisions those to be counted; null where there is none */
export const wantedOf = (
  ref: EnvironmentRef,
  revisions: readonly ({ readonly revision: string; readonly version: string } | null)[],
  { metrics }: Pick<AnalysisSettings, 'metrics'>,
  objective: Objective,
): Wanted => ({
  ref,
  versions: Object.fromEntries(revisions.flatMap((one) => (one ? [[one.revision, one.version]] : []))),
  edgesMs: edgesOf(metrics, objective),
  queries: metrics.filter((metric) => metric.kind === 'query'),
  needed: neededBy(metrics.filter(({ dryRun }) => !dryRun)),
})

const neededBy = (metrics: readonly MetricSettings[]): Wanted['needed'] => ({
  matches: metrics.flatMap((metric) => (metric.kind === 'status' ? [metric.match] : [])),
  edgesMs: metrics.flatMap((metric) => (metric.kind === 'latency' ? metric.edgesMs : [])),
})
