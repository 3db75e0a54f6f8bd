/** Counters from a Prometheus that scrapes the service, asked for raw and cumulative: looks count what is new in them. */
import type { ReplicaCounters } from '../../domain/analysis/reading.ts'
import type { QueryMetric, Wanted } from '../../domain/analysis/wanted.ts'
import { Problem } from '../../domain/problem.ts'
import type { MetricsProduct } from './metrics.ts'
import { onceWithin } from './once-within.ts'
import type { InstantRow, PrometheusClient } from './prometheus-client.ts'
import { createPrometheusClient, refusalOf } from './prometheus-client.ts'
import type { PrometheusConfig } from './prometheus-config.ts'
import { prometheusConfig, storedPrometheusConfig } from './prometheus-config.ts'
import { blockFor, historiesOf } from './prometheus-history.ts'
import { countersQuery, metricQuery } from './prometheus-query.ts'
import type { PartValue } from './prometheus-replicas.ts'
import { queryCountersOf, replicasOf } from './prometheus-replicas.ts'

/** Analyses that look within this time share a request. */
const sharedMs = 200
const longestHistoryMs = 6 * 3_600_000

export const prometheusMetrics: MetricsProduct = {
  kind: 'prometheus',
  config: prometheusConfig,
  counts(config) {
    const { counters } = storedPrometheusConfig.parse(config)
    return counters && !counters.histogram ? ['errors', 'status', 'query'] : ['errors', 'status', 'latency', 'query']
  },
  refusal: ({ prometheus }, config) => refusalOf(storedPrometheusConfig.parse(config).url, prometheus),
  create({ prometheus }, declared) {
    const config = storedPrometheusConfig.parse(declared)
    const client = createPrometheusClient(config.url, prometheus)
    const together = onceWithin<string, readonly ReplicaCounters[]>(sharedMs)
    const orUnavailable = async <T>(work: () => Promise<T>): Promise<T> => {
      try {
        return await work()
      } catch (error) {
        throw new Problem('metrics-unavailable', `Prometheus at ${new URL(config.url).host}: ${whyOf(error)}`, { cause: error })
      }
    }
    return {
      read: (wanted) =>
        orUnavailable(async () => {
          const replicas = await together(JSON.stringify(wanted), () => readReplicas(client, config, wanted))
          const sampledAtMs = replicas.flatMap((replica) => replica.sampledAtMs ?? [])
          return {
            atMs: sampledAtMs.length > 0 ? Math.min(...sampledAtMs) : Date.now(),
            replicas,
            ...(config.counters ? { atAnswers: true } : {}),
          }
        }),
      history: (wanted, revision, sinceMs) =>
        orUnavailable(async () => {
          const nowMs = Date.now()
          const firstMs = Math.max(sinceMs, nowMs - longestHistoryMs)
          const blockMs = blockFor(config.intervalMs, nowMs - firstMs)
          if (blockMs === null) return []
          // Points stand at multiples of the block, so that the blocks of two replicas cover the same instants.
          const [fromMs, untilMs] = [Math.ceil(firstMs / blockMs) * blockMs, Math.floor(nowMs / blockMs) * blockMs]
          const query = countersQuery(config, wanted, revision).history
          return historiesOf(config, wanted, await client.range(query, fromMs, untilMs, blockMs), blockMs)
        }),
    }
  },
}

/** Fresh replicas, then what queries count, as replicas of their own: what they sum over is not known here. */
async function readReplicas(
  client: PrometheusClient,
  config: PrometheusConfig,
  wanted: Wanted,
): Promise<readonly ReplicaCounters[]> {
  if (Object.keys(wanted.versions).length === 0) return []
  const nowMs = Date.now()
  const [counters, ...queried] = await Promise.all([
    client.instant(countersQuery(config, wanted).counters, nowMs),
    ...wanted.queries.map((metric) => queriedReplicas(client, config, wanted, metric, nowMs)),
  ])
  const found = replicasOf(config, wanted, counters.map(valueOf))
  const fresh = found.filter(({ sampledAtMs }) => nowMs - sampledAtMs <= config.staleAfterMs)
  // A revision whose requests are unknown is unknown, whatever else is told of it.
  const known = new Set(fresh.map(({ revision }) => revision))
  return [...fresh, ...queried.flat().filter(({ revision }) => known.has(revision))]
}

async function queriedReplicas(
  client: PrometheusClient,
  config: PrometheusConfig,
  wanted: Wanted,
  metric: QueryMetric,
  atMs: number,
): Promise<readonly ReplicaCounters[]> {
  const rows = await client.instant(metricQuery(config, metric, wanted.place), atMs).catch((error: unknown) => {
    throw new Error(`query '${metric.name}': ${whyOf(error)}`, { cause: error })
  })
  return queryCountersOf(config, wanted, metric.name, rows.map(valueOf))
}

/** What a failed fetch says is in its cause. */
function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error instanceof TypeError && error.cause instanceof Error ? error.cause.message : error.message
}

const valueOf = ({ metric, value: [, text] }: InstantRow): PartValue => ({ labels: metric, value: Number(text) })
