/**
 * Channels: the metrics of a release as pairs of counters. Each channel is one pair (bad, out of) per replica with a test of its own. A
 * latency metric has one channel per edge, which are averaged.
 */
import type { ClientCounters, ReplicaCounters } from './counters.ts'
import type { MetricSettings, Objective } from '../plan/service.ts'

export interface Channel {
  /** `errors`, `4xx`, `latency 500 ms`, `query <name>`: names it for people, in rows and evidence. */
  readonly id: string
  readonly metric: MetricSettings
  /** Share of the release's E, before the shares are normalised. 0 for a dry run. */
  readonly weight: number
  /** The rate that counts as good. Null: the channel can fail a release and is not needed for a pass. */
  readonly objective: number | null
  readonly edgeMs: number | null
}

export interface Counts {
  readonly bad: number
  readonly total: number
}

/** Channels of a declaration, in its order. Errors are always among them, because the guardrail rests on them. */
export function channelsOf(declared: readonly MetricSettings[], objective: Objective): readonly Channel[] {
  const hasErrors = declared.some(({ kind }) => kind === 'errors')
  const metrics: readonly MetricSettings[] = hasErrors ? declared : [...declared, { kind: 'errors', share: 0, dryRun: true }]
  return metrics.flatMap((metric): Channel[] => {
    const weight = metric.dryRun ? 0 : metric.share
    const channel = { metric, weight, objective: null, edgeMs: null }
    switch (metric.kind) {
      case 'errors':
        return [{ ...channel, id: 'errors', objective: objective.errors }]
      case 'status':
        return [{ ...channel, id: metric.match }]
      case 'latency':
        return metric.edgesMs.map((edgeMs) => ({
          ...channel,
          id: `latency ${edgeMs} ms`,
          weight: weight / metric.edgesMs.length,
          objective: edgeMs === objective.slow.overMs ? objective.slow.share : null,
          edgeMs,
        }))
      case 'query':
        return [{ ...channel, id: `query ${metric.name}` }]
    }
  })
}

/** Edges that a provider counts for a declaration, ascending: the order of `slow` in its history. The objective's is among them. */
export function edgesOf(declared: readonly MetricSettings[], { slow }: Objective): readonly number[] {
  const edges = declared.flatMap((metric) => (metric.kind === 'latency' ? metric.edgesMs : []))
  return [...new Set([...edges, slow.overMs])].toSorted((x, y) => x - y)
}

/** The number of answers with the status `match`: an exact code, or a class such as `4xx`. */
function answersOf(statuses: Readonly<Record<string, number>>, match: string): number {
  if (!match.endsWith('xx')) return statuses[match] ?? 0
  const first = match[0]
  return Object.entries(statuses).reduce((sum, [code, count]) => (code[0] === first ? sum + count : sum), 0)
}

/** Cumulative counts of one replica for one channel. */
export interface ChannelCounters {
  readonly bad: number
  readonly total: number
  /** The denominator of the comparison: requests, or the seconds in which sticky clients asked. */
  readonly exposure: number
  /** Of these, the part of clients at their very first request, each of which has a new draw. It is compared separately. */
  readonly newBad: number
  readonly newExposure: number
}

/** Null where the provider has no counter for it. @param byClients clients stay with a version, and the provider counts them */
export function countersOf(channel: Channel, replica: ReplicaCounters, byClients: boolean): ChannelCounters | null {
  const kind = clientKindOf(channel)
  if (byClients && kind !== null) return ofClients(channel, replica, kind)
  const counts = ofRequests(channel, replica)
  return counts && { bad: counts[0], total: counts[1], exposure: counts[1], newBad: 0, newExposure: 0 }
}

/**
 * The kind of bad answer under which a provider counts clients for this channel. Null for the team's own counters, which know no clients.
 */
export function clientKindOf({ metric, edgeMs }: Channel): string | null {
  if (metric.kind === 'query') return null
  if (metric.kind === 'latency') return `slow ${edgeMs}`
  return metric.kind === 'status' ? metric.match : 'errors'
}

function ofClients({ metric }: Channel, { clients }: ReplicaCounters, name: string): ChannelCounters | null {
  // No client has reached this replica yet, so its count is 0.
  const { kinds, requests, turns, newTurns }: Omit<ClientCounters, 'active'> = clients ?? {
    kinds: {},
    requests: 0,
    turns: 0,
    newTurns: 0,
  }
  const kind = kinds[name]
  if (kind) {
    const { bad, newBad } = kind
    return { bad, total: kind.requests, exposure: kind.turns, newBad, newExposure: kind.newTurns }
  }
  // A status that no answer had yet is 0. An edge that the provider lacks is not counted.
  return metric.kind === 'latency' && clients
    ? null
    : { bad: 0, total: requests, exposure: turns, newBad: 0, newExposure: newTurns }
}

function ofRequests({ metric, edgeMs }: Channel, replica: ReplicaCounters): readonly [bad: number, total: number] | null {
  switch (metric.kind) {
    case 'errors':
      return [replica.errors, replica.requests]
    case 'status':
      return [answersOf(replica.statuses, metric.match), replica.requests]
    case 'latency': {
      const edge = replica.edges.find((one) => one.edgeMs === edgeMs)
      return edge ? [edge.slow, edge.entered] : null
    }
    case 'query':
      return replica.queries?.[metric.name] ?? null
  }
}
