/**
 * The promise on alpha. Of 10,000 healthy hours at most the share alpha is reverted (upper 95 % bound), canaries with 5 % errors are
 * found, and errors in clusters cost time, not alpha. Comparison and guardrail run together with a release's real limits; some rows
 * include everything that a release spends alpha on.
 */
import { limitsOf } from '../domain/analysis/alpha.ts'
import type { Bench, BenchResult } from './bench.ts'
import { clusteredPast } from './pasts.ts'
import { percent, upperShare } from './share-bound.ts'
import type { CanaryHour, Cluster, Draw } from './simulated-canary.ts'
import { createDraw, healthyHour, quantileOfSeen, sentBackAfter } from './simulated-canary.ts'
import { measuredPhi } from './simulated-history.ts'
import { stoppedBy } from './simulated-release.ts'

const alpha = 0.01
/** The default of `maxDispersion`. */
const cap = 10
const hour: Omit<CanaryHour, 'requestsPerSecond'> = { ...healthyHour, limits: limitsOf(alpha) }

interface Found {
  readonly what: string
  readonly requestsPerSecond: number
  readonly hours: number
  readonly sentBack: number
  /** One-sided 95 % bound: the upper one for reverts of healthy canaries, the lower one for reverts of bad ones. */
  readonly bound: number
  readonly medianSeconds: number | null
  readonly p95Seconds: number | null
}

export const bench: Bench = {
  name: 'false-aborts',
  title: 'Healthy canaries reverted by mistake, and bad ones found',
  async run(): Promise<BenchResult> {
    const healthy = [200, 20, 2].map((rps) => simulate('healthy', rps, 10_000, () => ({})))
    const bad = [200, 20, 2].map((rps) => simulate('5 % errors', rps, 2_000, () => ({ bad: { rate: 0.05, fromSecond: 0 } })))
    const late = [200, 20, 2].map((rps) =>
      simulate('25 % errors after 10 min', rps, 1_000, () => ({ seconds: 4_200, bad: { rate: 0.25, fromSecond: 600 } })),
    )
    const bursts = clusters.map(([rps, cluster]) => inClusters(rps, cluster, false))
    const shared = [200, 20, 2].map(withAllMetrics)
    const found = [...healthy, ...shared, ...bad, ...late, ...bursts, inClusters(20, { size: 10, spanSeconds: 10 }, true)]
    return { title: this.title, columns, rows: found.map(rowOf), json: { alpha, found } }
  },
}

const clusters: readonly (readonly [number, Cluster])[] = [
  [200, { size: 3, spanSeconds: 0 }],
  [200, { size: 10, spanSeconds: 10 }],
  [200, { size: 30, spanSeconds: 10 }],
  [20, { size: 3, spanSeconds: 0 }],
  [20, { size: 10, spanSeconds: 10 }],
  [2, { size: 3, spanSeconds: 0 }],
]

function inClusters(requestsPerSecond: number, cluster: Cluster, isSpread: boolean): Found {
  const what = `healthy, errors in clusters of ${cluster.size} over ${cluster.spanSeconds} s${isSpread ? ', on all replicas of a version at once' : ''}`
  const past = { ...clusteredPast(requestsPerSecond, hour.errorRate, cluster), replicas: 2, isSpread }
  const phi = (draw: Draw) => measuredPhi(draw, past, cap)
  return simulate(what, requestsPerSecond, 2_000, (draw) => ({ cluster, phi: phi(draw) }))
}

/** Errors, status, latency, guardrail and split share one alpha. A canary that would be held for its split counts as reverted. */
function withAllMetrics(requestsPerSecond: number): Found {
  const hours = 2_000
  const draw = createDraw(requestsPerSecond * 31 + hours)
  const { seconds, maxErrorRate, canaryShare } = hour
  const one = { requestsPerSecond, weightPercent: 100 * canaryShare, seconds, limits: limitsOf(alpha), maxErrorRate }
  const stopped = Array.from({ length: hours }, () => stoppedBy(draw, one)).filter((by) => by !== null).length
  const what = 'healthy, by errors, 4xx, latency, guardrail and split'
  return {
    what,
    requestsPerSecond,
    hours,
    sentBack: stopped,
    bound: upperShare(stopped, hours),
    medianSeconds: null,
    p95Seconds: null,
  }
}

const columns = ['canary', 'requests/s', 'hours', 'reverted', 'share', '95 % bound', 'median s', 'p95 s']

function simulate(what: string, requestsPerSecond: number, hours: number, changes: (draw: Draw) => Partial<CanaryHour>): Found {
  const draw = createDraw(requestsPerSecond * 31 + hours)
  const seconds: (number | null)[] = []
  let from = 0
  for (let i = 0; i < hours; i += 1) {
    const changed: CanaryHour = { ...hour, requestsPerSecond, ...changes(draw) }
    from = changed.bad?.fromSecond ?? 0
    const second = sentBackAfter(draw, changed)
    // A revert while the canary was still healthy belongs to the other promise.
    if (second === null || second > from) seconds.push(second === null ? null : second - from)
  }
  const sentBack = seconds.filter((second) => second !== null).length
  const isBad = what.includes('% errors')
  const bound = isBad ? 1 - upperShare(seconds.length - sentBack, seconds.length) : upperShare(sentBack, seconds.length)
  const times = isBad
    ? { medianSeconds: quantileOfSeen(seconds, 0.5), p95Seconds: quantileOfSeen(seconds, 0.95) }
    : { medianSeconds: null, p95Seconds: null }
  return { what, requestsPerSecond, hours: seconds.length, sentBack, bound, ...times }
}

const rowOf = ({ what, requestsPerSecond, hours, sentBack, bound, medianSeconds, p95Seconds }: Found): (string | number)[] => [
  what,
  requestsPerSecond,
  hours,
  sentBack,
  percent(sentBack / hours),
  what.includes('% errors') ? `>= ${percent(bound)}` : `<= ${percent(bound)}`,
  medianSeconds ?? '',
  p95Seconds ?? '',
]
