/** The result of a declared query, from its rows: both counters of a revision, or the reason why they are missing. */
import type { ReplicaCounters } from '../../domain/analysis/counters.ts'
import type { Wanted } from '../../domain/analysis/wanted.ts'
import type { PrometheusConfig } from './prometheus-config.ts'
import { partLabel } from './prometheus-query.ts'
import type { PartValue } from './prometheus-replicas.ts'
import { rowsOf } from './prometheus-replicas.ts'

/** Why a query has no counters of a revision. */
export interface QueryFault {
  readonly revision: string
  readonly why: string
  /** The counter whose series have other labels than the declaration says. */
  readonly labelsOf?: 'bad' | 'total'
}

/** Counters by revision and, if the query has that label, by replica. A replica without both counters is a fault of its revision. */
export function queryCountersOf(
  config: PrometheusConfig,
  wanted: Wanted,
  name: string,
  values: readonly PartValue[],
): { readonly replicas: readonly ReplicaCounters[]; readonly faults: readonly QueryFault[] } {
  const replicas: ReplicaCounters[] = []
  const faults: QueryFault[] = []
  for (const { revision, replica, own } of rowsOf(config, wanted, values)) {
    const counters = pairOf(own)
    const nothing = { requests: 0, errors: 0, statuses: {}, edges: [] }
    if (typeof counters === 'string') faults.push({ revision, why: counters })
    else replicas.push({ revision, replica: `query ${name} ${replica}`, ...nothing, queries: { [name]: counters } })
  }
  const answered = new Set([...replicas, ...faults].map(({ revision }) => revision))
  const silent = Object.keys(wanted.versions).filter((revision) => !answered.has(revision))
  const label = config.labels.version ?? config.labels.revision
  const isUnlabelled = values.find(({ labels }) => labels[label] === undefined)
  const why = isUnlabelled ? `no label ${label}` : `no series of it with this ${label}`
  const labelsOf = isUnlabelled
    ? { labelsOf: isUnlabelled.labels[partLabel] === 'bad' ? ('bad' as const) : ('total' as const) }
    : {}
  return { replicas, faults: [...faults, ...silent.map((revision) => ({ revision, why, ...labelsOf }))] }
}

/** The pair of counters, or a sentence about its fault. */
function pairOf(own: readonly PartValue[]): readonly [bad: number, total: number] | string {
  const of = (part: string) => own.find(({ labels }) => labels[partLabel] === part)?.value
  const [bad, total] = [of('bad'), of('total')]
  if (bad === undefined || total === undefined) return `no series of \`${bad === undefined ? 'bad' : 'total'}\``
  const odd = [bad, total].find((value) => !(Number.isFinite(value) && value >= 0))
  if (odd !== undefined) return `${odd} is no count`
  return bad > total ? `more bad (${bad}) than in total (${total})` : [bad, total]
}
