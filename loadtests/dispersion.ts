/**
 * The promise on dispersion. The estimator does not take a stable version's traffic or incidents for clusters, so a bad canary is found
 * after any past. Errors in clusters up to the cap cost time, not alpha. It runs the domain's own estimator and tests with a release's
 * real limits.
 */
import { limitsOf } from '../domain/analysis/alpha.ts'
import type { Bench, BenchResult } from './bench.ts'
import { clusteredPast, pasts } from './pasts.ts'
import { quantile } from './quantile.ts'
import { percent, upperShare } from './share-bound.ts'
import type { CanaryHour, Cluster, Draw } from './simulated-canary.ts'
import { createDraw, healthyHour, quantileOfSeen, sentBackAfter } from './simulated-canary.ts'
import type { Past } from './simulated-history.ts'
import { measuredPhi } from './simulated-history.ts'

const alpha = 0.01
const cap = 10
const runs = 300
const hours = 2_000
const hour: Omit<CanaryHour, 'requestsPerSecond'> = { ...healthyHour, limits: limitsOf(alpha) }

interface Spread {
  readonly median: number | null
  readonly p95: number | null
}

export interface AfterPast {
  readonly phi: Spread
  /** Seconds until a canary is reverted whose requests all fail, or 8 % of them. */
  readonly all: Spread
  readonly some: Spread
}

/** Measures phi on `past`, then simulates canaries with a fifth of 80 requests per second that fail from the start. */
export function afterPast(past: (draw: Draw) => Omit<Past, 'replicas'>, replicas: number, count: number): AfterPast {
  const draw = createDraw(replicas * 101 + count)
  const phis = Array.from({ length: count }, () => measuredPhi(draw, { ...past(draw), replicas }, cap))
  const canary = { ...hour, requestsPerSecond: 80, canaryShare: 0.2 }
  const secondsTo = (rate: number) => phis.map((phi) => sentBackAfter(draw, { ...canary, phi, bad: { rate, fromSecond: 0 } }))
  return { phi: spreadOf(phis), all: spreadOf(secondsTo(1)), some: spreadOf(secondsTo(0.08)) }
}

const spreadOf = (values: readonly (number | null)[]): Spread => ({
  median: quantileOfSeen(values, 0.5),
  p95: quantileOfSeen(values, 0.95),
})

export interface InClusters {
  readonly phi: Spread
  readonly sentBack: number
  /** One-sided upper 95 % bound. */
  readonly bound: number
}

/** Simulates healthy hours whose errors come in clusters, each judged with the phi of the hour before it. */
export function inClusters(
  requestsPerSecond: number,
  cluster: Cluster,
  replicas: number,
  count: number,
  atMost = cap,
): InClusters {
  const draw = createDraw(requestsPerSecond * 31 + replicas * 7 + cluster.size)
  const past = { ...clusteredPast(requestsPerSecond, hour.errorRate, cluster), replicas }
  const phis: number[] = []
  let sentBack = 0
  for (let i = 0; i < count; i += 1) {
    const phi = measuredPhi(draw, past, atMost)
    phis.push(phi)
    if (sentBackAfter(draw, { ...hour, requestsPerSecond, cluster, phi }) !== null) sentBack += 1
  }
  const phi = { median: quantile(phis, 0.5), p95: quantile(phis, 0.95) }
  return { phi, sentBack, bound: upperShare(sentBack, count) }
}

const clusters: readonly (readonly [requestsPerSecond: number, cluster: Cluster, atMost: number])[] = [
  [200, { size: 3, spanSeconds: 0 }, cap],
  [200, { size: 10, spanSeconds: 0 }, cap],
  [200, { size: 10, spanSeconds: 10 }, cap],
  [80, { size: 3, spanSeconds: 0 }, cap],
  [80, { size: 10, spanSeconds: 10 }, cap],
  [20, { size: 10, spanSeconds: 10 }, cap],
  [200, { size: 10, spanSeconds: 30 }, cap],
  [200, { size: 30, spanSeconds: 10 }, cap],
  [200, { size: 30, spanSeconds: 10 }, 30],
]

export const bench: Bench = {
  name: 'dispersion',
  title: 'Dispersion after every kind of past, and how soon a bad canary is found',
  async run(): Promise<BenchResult> {
    const after = pasts.flatMap(({ name, past }) =>
      [1, 2].map((replicas) => ({ name, replicas, ...afterPast(past, replicas, runs) })),
    )
    const clustered = clusters.flatMap(([requestsPerSecond, cluster, atMost]) =>
      [1, 2].map((replicas) => ({
        name: `clusters of ${cluster.size} ${cluster.spanSeconds ? `over ${cluster.spanSeconds} s` : 'at once'}, ${requestsPerSecond}/s, cap ${atMost}`,
        replicas,
        ...inClusters(requestsPerSecond, cluster, replicas, hours, atMost),
      })),
    )
    const rows = [
      ...after.map(({ name, replicas, phi, all, some }) => [name, replicas, text(phi), text(all), text(some), '', '']),
      ...clustered.map(({ name, replicas, phi, sentBack, bound }) => [
        name,
        replicas,
        text(phi),
        '',
        '',
        `${sentBack} of ${hours}`,
        `<= ${percent(bound)}`,
      ]),
    ]
    return { title: this.title, columns, rows, json: { alpha, cap, runs, hours, after, clustered } }
  },
}

const columns = ['past', 'replicas', 'phi (p95)', '100 % errors, s', '8 % errors, s', 'healthy hours reverted', '95 % bound']

const text = ({ median, p95 }: Spread): string => `${shown(median)} (${shown(p95)})`
const shown = (value: number | null): string => (value === null ? 'never' : String(Number(value.toFixed(1))))
