/** Counters from a Prometheus that scrapes the service. They are raw and cumulative; each look counts what is new. */
import type { ReplicaCounters, Unseen } from '../../domain/analysis/counters.ts'
import type { QueryMetric, Wanted } from '../../domain/analysis/wanted.ts'
import { Problem } from '../../domain/problem.ts'
import { valuesOf } from '../provider.ts'
import type { MetricsProvider } from './metrics.ts'
import { onceWithin } from './once-within.ts'
import type { InstantRow, PrometheusClient } from './prometheus-client.ts'
import { createPrometheusClient, refusalOf } from './prometheus-client.ts'
import type { PrometheusConfig } from './prometheus-config.ts'
import { prometheusConfig, storedPrometheusConfig } from './prometheus-config.ts'
import { blockFor, historiesOf } from './prometheus-history.ts'
import { countersQuery, metricQuery } from './prometheus-query.ts'
import { queryCountersOf } from './prometheus-queried.ts'
import type { PartValue } from './prometheus-replicas.ts'
import { replicasOf } from './prometheus-replicas.ts'
import type { Asking } from './prometheus-unseen.ts'
import { whyUncounted, whyUnseen } from './prometheus-unseen.ts'

/** Analyses that look within this time share a request. */
const sharedMs = 200
const longestHistoryMs = 6 * 3_600_000

const own = ['prometheusHosts', 'prometheusToken'] as const

export const prometheusMetrics: MetricsProvider = {
  kind: 'prometheus',
  settings: own,
  config: prometheusConfig,
  counts(config) {
    const { counters } = storedPrometheusConfig.parse(config)
    return counters && !counters.histogram ? ['errors', 'status', 'query'] : ['errors', 'status', 'latency', 'query']
  },
  refusal(settings, config) {
    const detail = refusalOf(storedPrometheusConfig.parse(config).url, valuesOf(settings, own))
    return detail === null ? [] : [{ pointer: '/url', detail }]
  },
  create(settings, declared) {
    const config = storedPrometheusConfig.parse(declared)
    const client = createPrometheusClient(config.url, valuesOf(settings, own))
    const together = onceWithin<string, Counters>(sharedMs)
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
          const { replicas, missing } = await together(JSON.stringify(wanted), () => readReplicas(client, config, wanted))
          const sampledAtMs = replicas.flatMap((replica) => replica.sampledAtMs ?? [])
          return {
            atMs: sampledAtMs.length > 0 ? Math.min(...sampledAtMs) : Date.now(),
            replicas,
            ...(missing.length > 0 ? { missing } : {}),
            ...(config.counters ? { atAnswers: true } : {}),
          }
        }),
      history: (wanted, revision, sinceMs) =>
        orUnavailable(async () => {
          const nowMs = Date.now()
          const firstMs = Math.max(sinceMs, nowMs - longestHistoryMs)
          const blockMs = blockFor(config.intervalMs, nowMs - firstMs)
          if (blockMs === null) return []
          // Points are at multiples of the block, so that the blocks of two replicas cover the same instants.
          const [fromMs, untilMs] = [Math.ceil(firstMs / blockMs) * blockMs, Math.floor(nowMs / blockMs) * blockMs]
          const query = countersQuery(config, wanted, revision).history
          return historiesOf(config, wanted, await client.range(query, fromMs, untilMs, blockMs), blockMs)
        }),
    }
  },
}

interface Counters {
  readonly replicas: readonly ReplicaCounters[]
  readonly missing: readonly Unseen[]
}

/** The fresh replicas, then the counts of declared queries as replicas of their own, because a query may sum over several replicas. */
async function readReplicas(client: PrometheusClient, config: PrometheusConfig, wanted: Wanted): Promise<Counters> {
  if (Object.keys(wanted.versions).length === 0) return { replicas: [], missing: [] }
  const nowMs = Date.now()
  const ask: Asking = { client, config, wanted, nowMs }
  const [counters, ...queried] = await Promise.all([
    client.instant(countersQuery(config, wanted).counters, nowMs),
    ...wanted.queries.map((metric) => queriedReplicas(ask, metric)),
  ])
  const found = replicasOf(config, wanted, counters.map(valueOf))
  // A replica whose values cannot be used may be the one that fails, so the others of its revision are left out too.
  const odd = new Set(found.faults.map(({ revision }) => revision))
  const fresh = found.replicas.filter((one) => !odd.has(one.revision) && nowMs - one.sampledAtMs <= config.staleAfterMs)
  // A revision whose requests are unknown is left out, whatever other counters it has.
  const known = new Set(fresh.map(({ revision }) => revision))
  const unseen = Object.keys(wanted.versions).filter((revision) => !known.has(revision))
  const isKnown = ({ revision }: { readonly revision: string }) => known.has(revision)
  return {
    replicas: [...fresh, ...queried.flatMap((one) => one.replicas.filter(isKnown))],
    missing: [
      ...(await Promise.all(unseen.map((revision) => whyUnseen(ask, found, revision)))),
      ...queried.flatMap((one) => one.missing.filter(isKnown)),
    ],
  }
}

async function queriedReplicas(ask: Asking, metric: QueryMetric): Promise<Counters> {
  const { client, config, wanted, nowMs } = ask
  const rows = await client.instant(metricQuery(config, metric, wanted.ref), nowMs).catch((error: unknown) => {
    throw new Error(`query '${metric.name}': ${whyOf(error)}`, { cause: error })
  })
  const found = queryCountersOf(config, wanted, metric.name, rows.map(valueOf))
  return { replicas: found.replicas, missing: await Promise.all(found.faults.map((fault) => whyUncounted(ask, metric, fault))) }
}

/** A failed fetch has its reason in its cause. */
function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error instanceof TypeError && error.cause instanceof Error ? error.cause.message : error.message
}

const valueOf = ({ metric, value: [, text] }: InstantRow): PartValue => ({ labels: metric, value: Number(text) })
