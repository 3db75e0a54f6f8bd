/** Counters scraped from the local runtime's Prometheus text: one scrape per runtime, shared by all analyses that look at once. */
import { fetch } from 'undici'
import { z } from 'zod'
import type { ReplicaCounters, Unseen } from '../../domain/analysis/counters.ts'
import { environmentKey } from '../../domain/identity.ts'
import { Problem } from '../../domain/problem.ts'
import { createRuntimeClient } from '../local-runtime/client.ts'
import { instanceHeader } from '../local-runtime/protocol.ts'
import type { ClientPart } from './client-counters.ts'
import { clientParts, clientsOf } from './client-counters.ts'
import type { ProviderSettings } from '../provider.ts'
import { valuesOf } from '../provider.ts'
import type { MetricsProvider } from './metrics.ts'
import { onceWithin } from './once-within.ts'
import type { Sample } from './prometheus-text.ts'
import { parsePrometheusText } from './prometheus-text.ts'

/** Analyses that look within this time share a scrape. */
const sharedMs = 200
const timeoutMs = 2_000

interface Scrape {
  readonly atMs: number
  readonly byEnvironment: ReadonlyMap<string, ReadCounters>
}

/** The address of a runtime's counters, and the mark that proves that they are its own. */
interface Address {
  readonly metricsUrl: string
  readonly instance: string
}

interface ReadCounters {
  readonly replicas: readonly ReplicaCounters[]
  readonly missing: readonly Unseen[]
}

const own = ['runtimeSocket'] as const
const runtimeOf = (settings: ProviderSettings) => createRuntimeClient(valuesOf(settings, own).runtimeSocket)

export const scrapeMetrics: MetricsProvider = {
  kind: 'scrape',
  targets: ['local'],
  settings: own,
  config: z.strictObject({}),
  counts: () => ['errors', 'status', 'latency'],
  create: (settings) => {
    const runtime = runtimeOf(settings)
    /** The address at the last scrape. */
    let known: Address | null = null
    const scrape = async (): Promise<Scrape> => {
      const before = known
      known = null
      // A runtime that was restarted may have another port. Only then does this ask its control socket again.
      const again = before && (await scrapeAt(before).catch(() => null))
      const address = again ? before : await runtime.info()
      const scraped = again ?? (await scrapeAt(address))
      known = address
      return scraped
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
      read: ({ ref }) =>
        orUnavailable(async () => {
          const { atMs, byEnvironment } = await together('scrape', scrape)
          const { replicas, missing } = byEnvironment.get(environmentKey(ref)) ?? { replicas: [], missing: [] }
          return { atMs, replicas, ...(missing.length > 0 ? { missing } : {}) }
        }),
      history: ({ ref, edgesMs }, revision, sinceMs) => orUnavailable(() => runtime.history(ref, revision, sinceMs, edgesMs)),
    }
  },
}

/** @throws Error when another program answers there, or none does in time */
async function scrapeAt({ metricsUrl, instance }: Address): Promise<Scrape> {
  const answer = await fetch(metricsUrl, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' })
  if (!answer.ok) throw new Error(`the metrics endpoint answered ${answer.status}`)
  if (answer.headers.get(instanceHeader) !== instance) throw new Error(`${metricsUrl} no longer belongs to the runtime`)
  const text = await answer.text()
  return { atMs: Date.now(), byEnvironment: countersOf(parsePrometheusText(text)) }
}

/** The values of a replica that have been read so far. */
interface Building {
  readonly revision: string
  readonly replica: string
  requests?: number
  errors?: number
  firstDraws?: number
  /** By kind; `any` stands for all clients. */
  readonly clients: Map<string, ClientPart>
  readonly statuses: Record<string, number>
  readonly edges: Map<number, { entered?: number; slow?: number }>
  /** The first value that is not a count. */
  odd?: string
}

/** The counters by environment. When a replica has no requests or errors, its whole revision is left out. */
function countersOf(samples: readonly Sample[]): ReadonlyMap<string, ReadCounters> {
  const environments = new Map<string, Map<string, Building>>()
  for (const { name, labels, value } of samples) {
    const { service, environment, revision, replica } = labels
    if (!service || !environment || !revision || !replica || !isCounted(name)) continue
    const key = `${service}/${environment}`
    const replicas = environments.get(key) ?? new Map<string, Building>()
    environments.set(key, replicas)
    const counters: Building = replicas.get(replica) ?? { revision, replica, statuses: {}, edges: new Map(), clients: new Map() }
    replicas.set(replica, counters)
    if (Number.isFinite(value) && value >= 0) count(counters, name, labels, value)
    else counters.odd ??= `${name} is ${value}, which is no count`
  }
  return new Map([...environments].map(([key, replicas]) => [key, countersBy([...replicas.values()])]))
}

/** Whether the series is a counter. Others, such as requests in flight, are skipped. */
const isCounted = (name: string): boolean =>
  ['holdfast_requests_total', 'holdfast_request_errors_total', 'holdfast_responses_total', 'holdfast_first_draws_total'].includes(
    name,
  ) ||
  name in clientParts ||
  name.startsWith('holdfast_request_edge_')

function count(counters: Building, name: string, labels: Readonly<Record<string, string>>, value: number): void {
  if (name === 'holdfast_requests_total') counters.requests = value
  if (name === 'holdfast_first_draws_total') counters.firstDraws = value
  if (name === 'holdfast_request_errors_total') counters.errors = value
  if (name === 'holdfast_responses_total' && labels['code']) counters.statuses[labels['code']] = value
  const part = clientParts[name]
  if (part !== undefined && labels['kind']) {
    const kind = counters.clients.get(labels['kind']) ?? {}
    counters.clients.set(labels['kind'], { ...kind, [part]: value })
  }
  const edgeMs = Number(labels['edge_ms'] || Number.NaN)
  if (!name.startsWith('holdfast_request_edge_') || !Number.isFinite(edgeMs)) return
  const edge = counters.edges.get(edgeMs) ?? {}
  counters.edges.set(edgeMs, name.includes('slow') ? { ...edge, slow: value } : { ...edge, entered: value })
}

function countersBy(replicas: readonly Building[]): ReadCounters {
  const missing: Unseen[] = []
  const built = replicas.flatMap((one) => {
    const why = oddityOf(one)
    if (why === null) return [builtOf(one)]
    missing.push({ revision: one.revision, why })
    return []
  })
  const odd = new Set(missing.map(({ revision }) => revision))
  return { replicas: built.filter(({ revision }) => !odd.has(revision)), missing }
}

function oddityOf({ odd, requests, errors, replica }: Building): string | null {
  if (odd !== undefined) return odd
  if (requests === undefined || errors === undefined)
    return `no series of ${requests === undefined ? 'holdfast_requests_total' : 'holdfast_request_errors_total'} of replica ${replica}`
  return errors > requests ? `more errors (${errors}) than requests (${requests})` : null
}

/** An edge with one of its two values missing is left out, because a zero would be a guess. */
const builtOf = ({
  revision,
  replica,
  requests = 0,
  errors = 0,
  firstDraws,
  clients,
  statuses,
  edges,
}: Building): ReplicaCounters => ({
  ...(firstDraws === undefined ? {} : { firstDraws }),
  ...clientsOf(clients),
  revision,
  replica,
  requests,
  errors,
  statuses,
  edges: [...edges].flatMap(([edgeMs, { entered, slow }]) =>
    entered === undefined || slow === undefined ? [] : [{ edgeMs, entered, slow }],
  ),
})
