/** Counters scraped from the local runtime's Prometheus text: one scrape per runtime, shared by all analyses that look at once. */
import { fetch } from 'undici'
import { z } from 'zod'
import type { ReplicaCounters } from '../../domain/analysis/reading.ts'
import { placeKey } from '../../domain/identity.ts'
import { Problem } from '../../domain/problem.ts'
import { createRuntimeClient } from '../local-runtime/client.ts'
import { instanceHeader } from '../local-runtime/protocol.ts'
import type { MetricsProduct } from './metrics.ts'
import { onceWithin } from './once-within.ts'
import type { Sample } from './prometheus-text.ts'
import { parsePrometheusText } from './prometheus-text.ts'

/** Analyses that look within this time share a scrape. */
const sharedMs = 200
const timeoutMs = 2_000

interface Scrape {
  readonly atMs: number
  readonly byPlace: ReadonlyMap<string, readonly ReplicaCounters[]>
}

export const scrapeMetrics: MetricsProduct = {
  kind: 'scrape',
  config: z.strictObject({}),
  counts: () => ['errors', 'status', 'latency'],
  create: ({ runtimeSocket }) => {
    const runtime = createRuntimeClient(runtimeSocket)
    const scrape = async (): Promise<Scrape> => {
      const { metricsUrl, instance } = await runtime.info()
      const answer = await fetch(metricsUrl, { signal: AbortSignal.timeout(timeoutMs) })
      if (!answer.ok) throw new Error(`the metrics endpoint answered ${answer.status}`)
      if (answer.headers.get(instanceHeader) !== instance) throw new Error(`${metricsUrl} is not the runtime's any more`)
      const text = await answer.text()
      return { atMs: Date.now(), byPlace: countersOf(parsePrometheusText(text)) }
    }
    const together = onceWithin<'scrape', Scrape>(sharedMs)
    const orUnavailable = async <T>(work: () => Promise<T>): Promise<T> => {
      try {
        return await work()
      } catch (error) {
        throw new Problem('metrics-unavailable', 'the counters of the local runtime cannot be read', { cause: error })
      }
    }
    return {
      read: ({ place }) =>
        orUnavailable(async () => {
          const { atMs, byPlace } = await together('scrape', scrape)
          return { atMs, replicas: byPlace.get(placeKey(place)) ?? [] }
        }),
      history: ({ place }, revision, sinceMs) => orUnavailable(() => runtime.history(place, revision, sinceMs)),
    }
  },
}

interface Building {
  revision: string
  replica: string
  requests: number
  errors: number
  statuses: Record<string, number>
  edges: Map<number, { entered: number; slow: number }>
}

/** Counters by place; a replica is there as soon as one of its series is. */
function countersOf(samples: readonly Sample[]): ReadonlyMap<string, readonly ReplicaCounters[]> {
  const places = new Map<string, Map<string, Building>>()
  for (const { name, labels, value } of samples) {
    const { service, environment, revision, replica } = labels
    if (!service || !environment || !revision || !replica) continue
    const key = `${service}/${environment}`
    const replicas = places.get(key) ?? new Map<string, Building>()
    places.set(key, replicas)
    const counters = replicas.get(replica) ?? { revision, replica, requests: 0, errors: 0, statuses: {}, edges: new Map() }
    replicas.set(replica, counters)
    count(counters, name, labels, value)
  }
  return new Map([...places].map(([key, replicas]) => [key, [...replicas.values()].map(built)]))
}

function count(counters: Building, name: string, labels: Readonly<Record<string, string>>, value: number): void {
  if (name === 'holdfast_requests_total') counters.requests = value
  if (name === 'holdfast_request_errors_total') counters.errors = value
  if (name === 'holdfast_responses_total' && labels['code']) counters.statuses[labels['code']] = value
  const edgeMs = Number(labels['edge_ms'])
  if (!name.startsWith('holdfast_request_edge_') || !Number.isFinite(edgeMs)) return
  const edge = counters.edges.get(edgeMs) ?? { entered: 0, slow: 0 }
  counters.edges.set(edgeMs, name.includes('slow') ? { ...edge, slow: value } : { ...edge, entered: value })
}

const built = ({ edges, ...counters }: Building): ReplicaCounters => ({
  ...counters,
  edges: [...edges].map(([edgeMs, edge]) => ({ edgeMs, ...edge })),
})
