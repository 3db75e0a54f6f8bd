/** From rows of a Prometheus to replicas. A value that is no number says nothing of its replica, and neither does a missing counter. */
import type { ReplicaCounters } from '../../domain/analysis/reading.ts'
import type { Wanted } from '../../domain/analysis/wanted.ts'
import type { PrometheusConfig } from './prometheus-config.ts'
import { isAnswerClass } from './prometheus-config.ts'
import { edgeLabel, partLabel } from './prometheus-query.ts'

type Labels = Readonly<Record<string, string>>

/** One value of one part, as a row has it at some instant. */
export interface PartValue {
  readonly labels: Labels
  readonly value: number
}

export interface FoundReplica extends ReplicaCounters {
  readonly sampledAtMs: number
}

/** What a query counts, by revision and, where it tells them apart, replica; one without both counters is left out. */
export function queryCountersOf(
  config: PrometheusConfig,
  wanted: Wanted,
  name: string,
  values: readonly PartValue[],
): readonly ReplicaCounters[] {
  return rowsOf(config, wanted, values).flatMap(({ revision, replica, own }) => {
    const of = (part: string) => own.find(({ labels }) => labels[partLabel] === part)?.value ?? Number.NaN
    const counters = [of('bad'), of('total')] as const
    if (!counters.every(Number.isFinite)) return []
    const nothing = { requests: 0, errors: 0, statuses: {}, edges: [] }
    return [{ revision, replica: `query ${name} ${replica}`, ...nothing, queries: { [name]: counters } }]
  })
}

interface Row {
  readonly revision: string
  readonly replica: string
  readonly own: readonly PartValue[]
}

/** Values by wanted revision and replica. */
function rowsOf(config: PrometheusConfig, wanted: Wanted, values: readonly PartValue[]): readonly Row[] {
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

/** Revision by what the label says: itself, or its version. @throws Error where two revisions have one version and only that is known */
function revisionsByLabel({ labels }: PrometheusConfig, { versions }: Wanted): ReadonlyMap<string, string> {
  const entries = Object.entries(versions).map(([revision, version]) => [labels.version ? version : revision, revision] as const)
  const byLabel = new Map(entries)
  if (byLabel.size === entries.length) return byLabel
  throw new Error(`two revisions have the same version, and the label '${labels.version}' does not tell them apart`)
}

/** The replicas that `values` (all of one instant) tell enough of. */
export function replicasOf(config: PrometheusConfig, wanted: Wanted, values: readonly PartValue[]): readonly FoundReplica[] {
  return rowsOf(config, wanted, values).flatMap(({ revision, replica, own }) => {
    const counters = replica === '' ? null : countersOf(config, wanted, own)
    return counters ? [{ revision, replica, ...counters }] : []
  })
}

/** Null where something is missing that must be there: it is unknown then, and not zero. */
function countersOf(
  config: PrometheusConfig,
  { edgesMs }: Wanted,
  values: readonly PartValue[],
): Omit<FoundReplica, 'revision' | 'replica'> | null {
  if (values.some(({ value }) => !Number.isFinite(value))) return null
  const part = (name: string) => values.filter(({ labels }) => labels[partLabel] === name)
  const [at, requests] = [part('at')[0]?.value, part('requests')[0]?.value]
  const answers = part('answers')
  const statuses = Object.fromEntries(answers.map(({ labels, value }) => [labels[config.labels.code] ?? '', value]))
  const errors = errorsOf(config, statuses, part('errors')[0]?.value)
  if (at === undefined || requests === undefined || errors === undefined) return null
  // Told by codes, errors are unknown until there are codes at all.
  if (answers.length === 0 && requests > 0 && config.counters) return null
  return {
    requests,
    errors,
    statuses,
    edges: config.counters
      ? bucketEdges(config.counters.unit, edgesMs, part('buckets'))
      : runtimeEdges(part('entered'), part('slow')),
    sampledAtMs: Math.round(at * 1_000),
    ...(part('past').length > 0 ? { isOld: true } : {}),
  }
}

function errorsOf(
  { counters }: PrometheusConfig,
  statuses: Readonly<Record<string, number>>,
  counted?: number,
): number | undefined {
  if (!counters || !isAnswerClass(counters.errors)) return counted
  const [first] = counters.errors
  return Object.entries(statuses).reduce((sum, [code, count]) => (code[0] === first ? sum + count : sum), 0)
}

function runtimeEdges(entered: readonly PartValue[], slow: readonly PartValue[]): ReplicaCounters['edges'] {
  return entered.flatMap(({ labels, value }) => {
    const late = slow.find((one) => one.labels[edgeLabel] === labels[edgeLabel])
    const edgeMs = Number(labels[edgeLabel])
    return late && Number.isFinite(edgeMs) ? [{ edgeMs, entered: value, slow: late.value }] : []
  })
}

/** Edges that are bounds of the histogram: an edge between two is not counted. */
function bucketEdges(unit: 's' | 'ms', edgesMs: readonly number[], buckets: readonly PartValue[]): ReplicaCounters['edges'] {
  const bounds = buckets.map(({ labels, value }) => ({ boundMs: boundMsOf(labels['le'] ?? '', unit), value }))
  const all = bounds.find(({ boundMs }) => boundMs === Number.POSITIVE_INFINITY)?.value
  return edgesMs.flatMap((edgeMs) => {
    const within = bounds.find(({ boundMs }) => Math.abs(boundMs - edgeMs) < 0.001)
    return all !== undefined && within ? [{ edgeMs, entered: all, slow: Math.max(0, all - within.value) }] : []
  })
}

const boundMsOf = (le: string, unit: 's' | 'ms'): number =>
  le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le) * (unit === 's' ? 1_000 : 1)
