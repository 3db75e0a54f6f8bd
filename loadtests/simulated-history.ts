/**
 * Simulates the past of a stable version as the local runtime stores it (blocks of 1 s for the last ten minutes, of 5 s for up to six
 * hours), and measures its dispersion with the domain's code.
 */
import { channelsOf } from '../domain/analysis/channels.ts'
import { dispersionOf } from '../domain/analysis/dispersion.ts'
import type { BlockCounters, ReplicaHistory } from '../domain/analysis/counters.ts'
import type { Cluster, Draw } from './simulated-canary.ts'
import { errorsPerSecond, poisson } from './simulated-canary.ts'

export interface Past {
  readonly seconds: number
  readonly replicas: number
  /** Requests per second to all replicas together. */
  readonly load: (second: number) => number
  /** Rate of errors in clusters. A cluster falls on one replica or, with `isSpread`, on all of them. Clusters of 1 are single errors. */
  readonly errorRate: number
  readonly cluster: Cluster
  readonly isSpread?: boolean
  /** Share of requests that fail one by one during an incident, in addition. */
  readonly incident?: (second: number) => number
}

const channels = channelsOf([{ kind: 'errors', share: 1, dryRun: false }], { errors: 0.01, slow: { overMs: 500, share: 0.05 } })

/** phi of errors, as a release measures it after this past. */
export function measuredPhi(draw: Draw, past: Past, cap: number): number {
  return dispersionOf(channels, historiesOf(draw, past), [], cap)['errors']?.phi ?? 1
}

export function historiesOf(draw: Draw, past: Past): readonly ReplicaHistory[] {
  const replicas = Array.from({ length: past.replicas }, () => replicaOf(draw, past))
  if (past.isSpread) spread(draw, replicas)
  return replicas.flatMap((seconds, i) => kept(`replica-${i}`, seconds))
}

interface Second {
  requests: number
  errors: number
}

function replicaOf(draw: Draw, past: Past): Second[] {
  const { seconds, replicas, load, errorRate, cluster, incident } = past
  const busiest = Math.max(...Array.from({ length: seconds }, (_, second) => load(second)))
  const errors = errorsPerSecond(draw, seconds, busiest / replicas, errorRate, cluster)
  return Array.from(errors, (drawn, second) => {
    const requests = load(second) / replicas
    // Clusters are drawn for the busiest second. Single errors are thinned to the traffic of each second.
    const own = cluster.size > 1 ? drawn : thinned(draw, drawn, load(second) / busiest)
    const more = incident?.(second) ?? 0
    const bad = own + (more > 0 ? poisson(draw, requests * more) : 0)
    return { requests: bad + poisson(draw, requests * (1 - errorRate - more)), errors: bad }
  })
}

function thinned(draw: Draw, count: number, share: number): number {
  let left = 0
  for (let i = 0; i < count; i += 1) if (share >= 1 || draw() < share) left += 1
  return left
}

/** Assigns every error to a random replica again. */
function spread(draw: Draw, replicas: readonly Second[][]): void {
  const seconds = replicas[0]?.length ?? 0
  for (let second = 0; second < seconds; second += 1) {
    const all = replicas.map((one) => one[second] as Second)
    const errors = all.reduce((sum, one) => sum + one.errors, 0)
    for (const one of all) Object.assign(one, { requests: one.requests - one.errors, errors: 0 })
    for (let i = 0; i < errors; i += 1) {
      const one = all[Math.floor(draw() * all.length)] as Second
      Object.assign(one, { requests: one.requests + 1, errors: one.errors + 1 })
    }
  }
}

const fineSeconds = 600
const coarseSeconds = 5

function kept(replica: string, seconds: readonly Second[]): readonly ReplicaHistory[] {
  const fineFrom = Math.max(0, seconds.length - fineSeconds)
  const fine = seconds.slice(fineFrom).map(blockOf)
  const coarse = Array.from({ length: Math.floor(seconds.length / coarseSeconds) }, (_, i) => {
    const own = seconds.slice(i * coarseSeconds, (i + 1) * coarseSeconds)
    return blockOf({ requests: sum(own.map((one) => one.requests)), errors: sum(own.map((one) => one.errors)) })
  })
  return [
    { replica, startMs: fineFrom * 1_000, blockMs: 1_000, blocks: fine },
    { replica, startMs: 0, blockMs: coarseSeconds * 1_000, blocks: coarse },
  ]
}

const blockOf = ({ requests, errors }: Second): BlockCounters => ({ requests, errors, clientErrors: 0, slow: [] })

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)
