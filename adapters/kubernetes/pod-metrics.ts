/**
 * Counters that are read from the pods themselves, through the API server, so that it works from outside of the cluster. What is read and
 * how is declared as for `prometheus`.
 */
import type { Counters, Unseen } from '../../domain/analysis/counters.ts'
import type { Wanted } from '../../domain/analysis/wanted.ts'
import type { EnvironmentRef } from '../../domain/identity.ts'
import { Problem } from '../../domain/problem.ts'
import type { PrometheusConfig } from '../metrics/prometheus-config.ts'
import { namesOf } from '../metrics/prometheus-config.ts'
import { edgeLabel, partLabel } from '../metrics/prometheus-query.ts'
import type { PartValue } from '../metrics/prometheus-replicas.ts'
import { replicasOf } from '../metrics/prometheus-replicas.ts'
import type { Sample } from '../metrics/prometheus-text.ts'
import { parsePrometheusText } from '../metrics/prometheus-text.ts'
import type { ApiServer } from './api-server.ts'
import { environmentLabels, revisionOf } from './objects.ts'
import { isReady, isServing, Pod } from './pod.ts'
import { resourcePath } from './resource.ts'

export interface PodMetricsConfig extends Pick<PrometheusConfig, 'counters'> {
  readonly labels: { readonly code: string }
  readonly namespace: string
  readonly port: number
  /** Where the pods answer with Prometheus text. */
  readonly path: string
}

/** A pod has some hundred series. */
const mostText = 1_048_576
const mostPods = 200
/** At once, because each passes the API server. */
const mostAtOnce = 8

/** The counters of one pod at one instant, or why there are none. */
type Read = { readonly revision: string } & ({ readonly values: readonly PartValue[] } | { readonly why: string })

/** @throws Problem metrics-unavailable */
export async function readPods(server: ApiServer, config: PodMetricsConfig, wanted: Wanted): Promise<Counters> {
  const all = await podsOf(server, config.namespace, wanted.ref).catch((error: unknown) => {
    throw new Problem('metrics-unavailable', 'the pods cannot be listed', { cause: error })
  })
  const pods = all.filter((pod) => isServing(pod) && isReady(pod) && Object.hasOwn(wanted.versions, revisionOf(pod)))
  if (pods.length > mostPods)
    throw new Problem('metrics-unavailable', `${pods.length} pods are more than the ${mostPods} that are read directly`, {
      hint: 'let a Prometheus scrape them, and read that',
    })
  const atMs = Date.now()
  const reads = await eachOf(pods, mostAtOnce, (pod) => readPod(server, config, pod))
  const { replicas, faults } = replicasOf(
    // A pod says neither its revision nor its name, so both are put beside each value.
    { ...config, labels: { ...ofPods, code: config.labels.code }, url: '', match: {}, intervalMs: 0, staleAfterMs: 0 },
    wanted,
    reads.flatMap((read) => ('values' in read ? read.values : [])),
  )
  const missing: Unseen[] = [
    ...reads.flatMap((read) => ('why' in read ? [read] : [])),
    ...faults.map(({ revision, why }) => ({ revision, why })),
  ]
  const odd = new Set(missing.map(({ revision }) => revision))
  return {
    atMs,
    replicas: replicas.filter(({ revision }) => !odd.has(revision)),
    ...(missing.length > 0 ? { missing } : {}),
    ...(config.counters ? { atAnswers: true } : {}),
  }
}

const ofPods = { revision: 'holdfast_revision', replica: 'holdfast_replica' } as const

/** The pods of an environment. */
export async function podsOf(server: ApiServer, namespace: string, ref: EnvironmentRef): Promise<readonly Pod[]> {
  const owned = await server.list(['Pod'], namespace, environmentLabels(ref))
  return owned.map(({ object }) => Pod.parse(object))
}

async function readPod(server: ApiServer, config: PodMetricsConfig, pod: Pod): Promise<Read> {
  const { name } = pod.metadata
  const revision = revisionOf(pod)
  try {
    const path = `${resourcePath('Pod', config.namespace, name)}:${config.port}/proxy${config.path}`
    const { httpStatus, text } = await server.text({ verb: 'get', resource: 'pods/proxy', namespace: config.namespace }, path)
    if (text.length > mostText) return { revision, why: `pod ${name} answers more than ${mostText} characters` }
    if (httpStatus !== 200) return { revision, why: `pod ${name} answers ${httpStatus} at ${config.path}` }
    const samples = parsePrometheusText(text)
    const own = { [ofPods.revision]: revision, [ofPods.replica]: identityOf(pod, samples) }
    const at = { labels: { [partLabel]: 'at' }, value: Date.now() / 1_000 }
    return {
      revision,
      values: [at, ...partsOf(config, samples)].map(({ labels, value }) => ({ labels: { ...labels, ...own }, value })),
    }
  } catch (error) {
    return { revision, why: `pod ${name}: ${(error as Error).message}` }
  }
}

/**
 * The identity of a process: counters begin anew with it. The kubelet counts restarts a moment after them, so the start that most programs
 * report goes with it.
 */
function identityOf({ metadata, status }: Pod, samples: readonly Sample[]): string {
  const restarts = status.containerStatuses.reduce((sum, { restartCount }) => sum + restartCount, 0)
  const started = samples.find(({ name }) => name === 'process_start_time_seconds')?.value
  return [metadata.name, metadata.uid, restarts, ...(started === undefined ? [] : [started])].join('/')
}

/** The values that Prometheus would answer with: each part is the sum of its series, by one label where it has one. */
function partsOf(config: PodMetricsConfig, samples: readonly Sample[]): readonly PartValue[] {
  const { requests, answers, errors } = namesOf(config)
  const sum = (part: string, metric: string, label?: string): readonly PartValue[] => {
    const series = samples.filter(({ name }) => name === metric)
    const groups = Map.groupBy(series, ({ labels }) => (label === undefined ? '' : (labels[label] ?? '')))
    return [...groups].map(([of, own]) => ({
      labels: { [partLabel]: part, ...(label === undefined ? {} : { [label]: of }) },
      value: own.reduce((total, { value }) => total + value, 0),
    }))
  }
  const both = [...sum('requests', requests), ...sum('answers', answers, config.labels.code), ...sum('errors', errors)]
  if (!config.counters)
    return [
      ...both,
      ...sum('entered', 'holdfast_request_edge_entered_total', edgeLabel),
      ...sum('slow', 'holdfast_request_edge_slow_total', edgeLabel),
    ]
  return config.counters.histogram ? [...both, ...sum('buckets', `${config.counters.histogram}_bucket`, 'le')] : both
}

/** Runs `work` for all of them, `most` at a time, and answers in their order. */
async function eachOf<One, Result>(all: readonly One[], most: number, work: (one: One) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  const left = [...all.entries()]
  const next = async (): Promise<void> => {
    for (let entry = left.shift(); entry; entry = left.shift()) results[entry[0]] = await work(entry[1])
  }
  await Promise.all(Array.from({ length: most }, next))
  return results
}
