/** What is compared: every declared metric as one or more pairs of counters, with the objective that says what good means. */
import type { MetricSettings, Objective } from '../service.ts'
import type { BlockCounters, ReplicaCounters } from './reading.ts'

export interface Counts {
  readonly bad: number
  readonly total: number
}

export interface Channel {
  /** `errors`, `4xx`, `latency 500 ms`: names it for people and in stored state. */
  readonly id: string
  /** Its part of the release's mean; a metric's share is split evenly over its edges. 0 for a dry run. */
  readonly share: number
  /** What good means; null: it can fail a release and is not needed for a pass. */
  readonly objective: number | null
  readonly count: (replica: ReplicaCounters) => Counts
  /** Its bad count in a block of history; null where history has none, and phi of the errors is used. */
  readonly bad: ((block: BlockCounters) => number) | null
}

/** The channels of a declaration, in declared order. Errors are always counted: the guardrail rests on them. */
export function channelsOf(declared: readonly MetricSettings[], objective: Objective): readonly Channel[] {
  const hasErrors = declared.some(({ kind }) => kind === 'errors')
  const metrics: readonly MetricSettings[] = hasErrors ? declared : [...declared, { kind: 'errors', share: 0, dryRun: true }]
  return metrics.flatMap((metric): readonly Channel[] => {
    const share = metric.dryRun ? 0 : metric.share
    switch (metric.kind) {
      case 'errors':
        return [
          {
            id: 'errors',
            share,
            objective: objective.errors,
            count: ({ errors, requests }) => ({ bad: errors, total: requests }),
            bad: ({ errors }) => errors,
          },
        ]
      case 'status':
        return [
          {
            id: metric.match,
            share,
            objective: null,
            count: (replica) => statusCounts(replica, metric.match),
            bad: ({ clientErrors }) => clientErrors,
          },
        ]
      case 'latency':
        return metric.edgesMs.map((edgeMs, index) => ({
          id: `latency ${edgeMs} ms`,
          share: share / metric.edgesMs.length,
          objective: edgeMs === objective.slow.overMs ? objective.slow.share : null,
          count: (replica: ReplicaCounters) => edgeCounts(replica, edgeMs),
          bad: ({ slow }: BlockCounters) => slow[index] ?? 0,
        }))
      case 'query':
        return [{ id: metric.name, share, objective: null, count: (replica) => queryCounts(replica, metric.name), bad: null }]
    }
  })
}

/** `4xx` counts a class, `401` one code. */
function statusCounts({ statuses, requests }: ReplicaCounters, match: string): Counts {
  const matches = (code: string) => (match.endsWith('xx') ? code[0] === match[0] : code === match)
  const bad = Object.entries(statuses).reduce((sum, [code, count]) => (matches(code) ? sum + count : sum), 0)
  return { bad, total: requests }
}

function edgeCounts({ edges }: ReplicaCounters, edgeMs: number): Counts {
  const edge = edges.find((candidate) => candidate.edgeMs === edgeMs)
  return { bad: edge?.slow ?? 0, total: edge?.entered ?? 0 }
}

function queryCounts({ queries }: ReplicaCounters, name: string): Counts {
  const [bad, total] = queries?.[name] ?? [0, 0]
  return { bad, total }
}

/** Mean over replicas' deltas is a sum: how a side's counts come together. */
export const addCounts = (a: Counts, b: Counts): Counts => ({ bad: a.bad + b.bad, total: a.total + b.total })

export const noCounts: Counts = { bad: 0, total: 0 }
