/** Explains to people why a Prometheus has no counters of a revision. It needs further queries, which are sent only in that case. */
import type { Unseen } from '../../domain/analysis/counters.ts'
import type { QueryMetric, Wanted } from '../../domain/analysis/wanted.ts'
import type { PrometheusClient } from './prometheus-client.ts'
import type { PrometheusConfig } from './prometheus-config.ts'
import { namesOf } from './prometheus-config.ts'
import type { QueryFault } from './prometheus-queried.ts'
import { anyOfQuery, anySeriesQuery, environmentSelector } from './prometheus-query.ts'
import type { Found } from './prometheus-replicas.ts'

export interface Asking {
  readonly client: PrometheusClient
  readonly config: PrometheusConfig
  readonly wanted: Wanted
  readonly nowMs: number
}

type Labels = Readonly<Record<string, string>>

/** For a revision without fresh replicas. */
export async function whyUnseen(ask: Asking, found: Found, revision: string): Promise<Unseen> {
  const { config, wanted, nowMs } = ask
  const fault = found.faults.find((one) => one.revision === revision)
  if (fault) {
    const there = fault.labelsOf ? await labelsOf(ask, anySeriesQuery(config, wanted, fault.labelsOf, revision)) : null
    return { revision, why: withLabels(fault.why, there) }
  }
  const newestMs = Math.max(...found.replicas.filter((one) => one.revision === revision).map(({ sampledAtMs }) => sampledAtMs))
  if (Number.isFinite(newestMs)) return { revision, why: `its newest sample is ${Math.round((nowMs - newestMs) / 1_000)} s old` }
  return { revision, why: await whyNone(ask, revision) }
}

/** For a revision without any row: the metric, its label or its value does not exist. */
async function whyNone(ask: Asking, revision: string): Promise<string> {
  const { config, wanted } = ask
  const { requests } = namesOf(config)
  const label = config.labels.version ?? config.labels.revision
  const there = await labelsOf(ask, anySeriesQuery(config, wanted, requests, null))
  if (there === null) return `no series of ${requests}${environmentSelector(config, wanted)}`
  if (there[label] === undefined) return withLabels(`no label ${label}`, there)
  return `no series of ${requests} with ${label} '${config.labels.version ? (wanted.versions[revision] ?? '') : revision}'`
}

/** For a declared query without counters of a revision. */
export async function whyUncounted(ask: Asking, metric: QueryMetric, fault: QueryFault): Promise<Unseen> {
  const there = fault.labelsOf ? await labelsOf(ask, anyOfQuery(metric[fault.labelsOf], ask.wanted.ref)) : null
  return { revision: fault.revision, query: metric.name, why: withLabels(fault.why, there) }
}

/** The labels of one series; null when there is none, or Prometheus does not answer. The reason is shorter then. */
async function labelsOf({ client, nowMs }: Asking, query: string): Promise<Labels | null> {
  const [row] = await client.instant(query, nowMs).catch(() => [])
  return row?.metric ?? null
}

function withLabels(why: string, labels: Labels | null): string {
  const names = Object.keys(labels ?? {}).filter((name) => name !== '__name__')
  return names.length === 0 ? why : `${why}; there are ${names.toSorted().join(', ')}`
}
