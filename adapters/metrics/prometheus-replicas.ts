/** Turns rows of a Prometheus into replicas. A missing or unknown value leaves its revision without counters, with the reason. */
import type { ReplicaCounters } from '../../domain/analysis/counters.ts'
import type { Wanted } from '../../domain/analysis/wanted.ts'
import type { PrometheusConfig } from './prometheus-config.ts'
import { isAnswerClass, namesOf } from './prometheus-config.ts'
import { edgeLabel, partLabel } from './prometheus-query.ts'

/** Why a replica's values cannot be used. */
export interface Fault {
  readonly why: string
  /** A metric whose series have other labels than the declaration says. The sentence for people lists those that exist. */
  readonly labelsOf?: string
}

export interface Found {
  readonly replicas: readonly FoundReplica[]
  readonly faults: readonly (Fault & { readonly revision: string })[]
}

type Labels = Readonly<Record<string, string>>

/** The value of one counter at one instant. */
export interface PartValue {
  readonly labels: Labels
  readonly value: number
}

export interface FoundReplica extends ReplicaCounters {
  readonly sampledAtMs: number
}

export interface Row {
  readonly revision: string
  readonly replica: string
  readonly own: readonly PartValue[]
}

/** Values by wanted revision and replica. */
export function rowsOf(config: PrometheusConfig, wanted: Wanted, values: readonly PartValue[]): readonly Row[] {
  const revisions = revisionsByLabel(config, wanted)
  const { version, revision: revisionLabel, replica: replicaLabel } = config.labels
  const rows = new Map<string, Row & { own: PartValue[] }>()
  for (const value of values) {
    const revision = revisions.get(value.labels[version ?? revisionLabel] ?? '')
    const replica = value.labels[replicaLabel] ?? ''
    if (revision === undefined) continue
    const row = rows.get(`${revision} ${replica}`) ?? { revision, replica, own: [] }
    rows.set(`${revision} ${replica}`, row)
    row.own.push(value)
  }
  return [...rows.values()]
}

/** The revision for each value of the label, which is the revision or its version. @throws Error when two revisions share a version */
function revisionsByLabel({ labels }: PrometheusConfig, { versions }: Wanted): ReadonlyMap<string, string> {
  const entries = Object.entries(versions).map(([revision, version]) => [labels.version ? version : revision, revision] as const)
  const byLabel = new Map(entries)
  if (byLabel.size === entries.length) return byLabel
  throw new Error(`two revisions have the same version, and the label '${labels.version}' does not tell them apart`)
}

/** The replicas that `values` (all of one instant) describe completely, and the faults of the others. */
export function replicasOf(config: PrometheusConfig, wanted: Wanted, values: readonly PartValue[]): Found {
  const replicas: FoundReplica[] = []
  const faults: Found['faults'][number][] = []
  for (const { revision, replica, own } of rowsOf(config, wanted, values)) {
    const counters = replica === '' ? noLabel(config.labels.replica, namesOf(config).requests) : countersOf(config, wanted, own)
    if ('why' in counters) faults.push({ revision, ...counters })
    else replicas.push({ revision, replica, ...counters })
  }
  return { replicas, faults }
}

const noLabel = (label: string, metric: string): Fault => ({ why: `no label ${label}`, labelsOf: metric })

/** The counters of a replica, or a fault when a needed value is missing: it is unknown then, not zero. */
function countersOf(
  config: PrometheusConfig,
  { edgesMs, needed }: Wanted,
  values: readonly PartValue[],
): Omit<FoundReplica, 'revision' | 'replica'> | Fault {
  const names = namesOf(config)
  const odd = values.find(({ value }) => !(Number.isFinite(value) && value >= 0))
  if (odd) return { why: `a value of '${odd.labels[partLabel] ?? ''}' is ${odd.value}, which is no count` }
  const part = (name: string) => values.filter(({ labels }) => labels[partLabel] === name)
  const [at, requests] = [part('at')[0]?.value, part('requests')[0]?.value]
  if (at === undefined || requests === undefined) return { why: `no series of ${names.requests}` }
  const statuses = statusesOf(config, part('answers'), requests, needed.matches)
  if ('why' in statuses) return statuses
  const errors = isAnswerClass(names.errors) ? classOf(statuses.counts, names.errors) : part('errors')[0]?.value
  if (errors === undefined) return { why: `no series of ${names.errors}` }
  if (errors > requests) return { why: `more errors (${errors}) than requests (${requests})` }
  const edges = config.counters
    ? bucketEdges(config, edgesMs, requests === 0 ? [] : needed.edgesMs, part('buckets'))
    : runtimeEdges(part('entered'), part('slow'))
  if ('why' in edges) return edges
  const past = part('past').length > 0 ? { isOld: true } : {}
  return { requests, errors, statuses: statuses.counts, edges, sampledAtMs: Math.round(at * 1_000), ...past }
}

type Statuses = { readonly counts: Readonly<Record<string, number>> }

const answerCode = /^[1-9](?:\d\d|xx)$/

/** Answers by code or class. An unknown code is a fault if a metric that decides depends on codes. */
function statusesOf(
  config: PrometheusConfig,
  answers: readonly PartValue[],
  requests: number,
  matches: readonly string[],
): Statuses | Fault {
  const { code } = config.labels
  const { answers: metric, errors } = namesOf(config)
  const counts = answers.map(({ labels, value }) => [(labels[code] ?? '').toLowerCase(), value] as const)
  const understood = { counts: Object.fromEntries(counts.filter(([label]) => answerCode.test(label))) }
  if (matches.length === 0 && !isAnswerClass(errors)) return understood
  // The local runtime has no series before its first answer. Other sources must have one as soon as there are requests.
  if (answers.length === 0) return requests > 0 && config.counters ? { why: `no series of ${metric}` } : understood
  if (counts.some(([label]) => label === '')) return noLabel(code, metric)
  const odd = counts.find(([label]) => !answerCode.test(label))
  if (odd) return { why: `label ${code} of ${metric} is '${odd[0].slice(0, 40)}', not a code such as 503 or a class such as 5xx` }
  const exact = matches.find((match) => !match.endsWith('xx') && counts.some(([label]) => label === `${match[0] ?? ''}xx`))
  return exact === undefined
    ? understood
    : { why: `label ${code} of ${metric} has only classes such as 4xx, so ${exact} cannot be counted` }
}

const classOf = (statuses: Readonly<Record<string, number>>, name: string): number =>
  Object.entries(statuses).reduce((sum, [code, count]) => (code[0] === name[0] ? sum + count : sum), 0)

/** The edges that the runtime counts. Edges of a new declaration appear once the runtime counts them. */
function runtimeEdges(entered: readonly PartValue[], slow: readonly PartValue[]): ReplicaCounters['edges'] {
  return entered.flatMap(({ labels, value }) => {
    const late = slow.find((one) => one.labels[edgeLabel] === labels[edgeLabel])
    const edgeMs = Number(labels[edgeLabel])
    return late && Number.isFinite(edgeMs) ? [{ edgeMs, entered: value, slow: late.value }] : []
  })
}

/** The edges that are bounds of the histogram. An edge between two bounds is not counted, and is a fault if it is needed. */
function bucketEdges(
  { counters }: PrometheusConfig,
  edgesMs: readonly number[],
  needed: readonly number[],
  buckets: readonly PartValue[],
): ReplicaCounters['edges'] | Fault {
  const unit = counters?.unit ?? 's'
  const name = `${counters?.histogram ?? ''}_bucket`
  const bounds = buckets.map(({ labels, value }) => ({ boundMs: boundMsOf(labels['le'], unit), value }))
  const all = bounds.find(({ boundMs }) => boundMs === Number.POSITIVE_INFINITY)?.value
  const edges = edgesMs.flatMap((edgeMs) => {
    const within = bounds.find(({ boundMs }) => Math.abs(boundMs - edgeMs) < 0.001)
    return all !== undefined && within ? [{ edgeMs, entered: all, slow: all - within.value }] : []
  })
  const missing = needed.find((edgeMs) => !edges.some((edge) => edge.edgeMs === edgeMs))
  if (edges.some(({ slow }) => slow < 0)) return { why: `${name} counts more within a bound than in total` }
  if (missing === undefined) return edges
  if (buckets.length === 0) return { why: `no series of ${name}` }
  if (all === undefined) return { why: `${name} has no bound '+Inf'` }
  const there = bounds.flatMap(({ boundMs }) => (Number.isFinite(boundMs) ? [boundMs] : [])).toSorted((x, y) => x - y)
  return { why: `${name} has no bound of ${missing} ms; there are ${there.join(', ')} ms` }
}

const boundMsOf = (le: string | undefined, unit: 's' | 'ms'): number =>
  le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le || Number.NaN) * (unit === 's' ? 1_000 : 1)
