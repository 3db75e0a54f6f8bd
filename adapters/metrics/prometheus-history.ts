/** The counts of replicas in the last hours, from a range query: differences between points that Prometheus really sampled. */
import type { BlockCounters, ReplicaHistory } from '../../domain/analysis/counters.ts'
import type { Wanted } from '../../domain/analysis/wanted.ts'
import type { RangeRow } from './prometheus-client.ts'
import type { PrometheusConfig } from './prometheus-config.ts'
import type { FoundReplica, PartValue } from './prometheus-replicas.ts'
import { replicasOf } from './prometheus-replicas.ts'

/** The lengths of blocks that dispersion is measured in. */
const blocksMs = [1_000, 5_000, 20_000, 60_000]
/** Prometheus answers at most 11,000 points of a series. */
const mostPoints = 10_000

/** The shortest block that always contains a scrape, over `spanMs`; null when there is none, and dispersion cannot be measured. */
export const blockFor = (intervalMs: number, spanMs: number): number | null =>
  blocksMs.find((blockMs) => blockMs % intervalMs === 0 && spanMs / blockMs <= mostPoints) ?? null

/** Unbroken series of whole blocks, by replica. A restart, a gap, or a sample that is older than its block ends a series. */
export function historiesOf(
  config: PrometheusConfig,
  wanted: Wanted,
  rows: readonly RangeRow[],
  blockMs: number,
): readonly ReplicaHistory[] {
  const stretches: Stretch[] = []
  const open = new Map<string, { stretch: Stretch; last: FoundReplica; atMs: number }>()
  for (const [atMs, values] of pointsOf(rows))
    for (const now of replicasOf(config, wanted, values).replicas) {
      const before = open.get(now.replica)
      open.delete(now.replica)
      if (atMs - now.sampledAtMs >= blockMs + config.intervalMs) continue
      const block = before && atMs - before.atMs === blockMs ? blockOf(before.last, now, wanted.edgesMs) : null
      const stretch = (block && before?.stretch) ?? { replica: now.replica, startMs: atMs, blockMs, blocks: [] }
      if (block) stretch.blocks.push(block)
      else stretches.push(stretch)
      open.set(now.replica, { stretch, last: now, atMs })
    }
  return stretches.filter(({ blocks }) => blocks.length > 0)
}

interface Stretch extends ReplicaHistory {
  readonly blocks: BlockCounters[]
}

/** The values by instant, in order of time. */
function pointsOf(rows: readonly RangeRow[]): readonly (readonly [atMs: number, values: readonly PartValue[]])[] {
  const points = new Map<number, PartValue[]>()
  for (const { metric: labels, values } of rows)
    for (const [at, value] of values) {
      const atMs = Math.round(at * 1_000)
      const point = points.get(atMs)
      if (point) point.push({ labels, value: Number(value) })
      else points.set(atMs, [{ labels, value: Number(value) }])
    }
  return [...points].sort(([x], [y]) => x - y)
}

/** The counts between two points; null when a counter went backwards. */
function blockOf(from: FoundReplica, to: FoundReplica, edgesMs: readonly number[]): BlockCounters | null {
  const slowAt = ({ edges }: FoundReplica, edgeMs: number) => edges.find((edge) => edge.edgeMs === edgeMs)?.slow ?? 0
  const block = {
    requests: to.requests - from.requests,
    errors: to.errors - from.errors,
    clientErrors: clientErrors(to) - clientErrors(from),
    slow: edgesMs.map((edgeMs) => slowAt(to, edgeMs) - slowAt(from, edgeMs)),
  }
  return [block.requests, block.errors, block.clientErrors, ...block.slow].every((count) => count >= 0) ? block : null
}

const clientErrors = ({ statuses }: FoundReplica): number =>
  Object.entries(statuses).reduce((sum, [code, count]) => (code.startsWith('4') ? sum + count : sum), 0)
