import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { CanaryHour, Cluster } from '../../../loadtests/simulated-canary.ts'
import { clusteredPast } from '../../../loadtests/pasts.ts'
import { measuredPhi } from '../../../loadtests/simulated-history.ts'
import { createDraw, healthyHour, quantileOfSeen, sentBackAfter } from '../../../loadtests/simulated-canary.ts'

const healthy = { ...healthyHour, limits: { comparison: 100, guardrail: null } }
const runs = 300

/** If the true share is `share`, fewer than one in 1,000 such tests has more false aborts than this in 300 hours. */
const most = (share: number): number => Math.ceil(runs * share + 3.1 * Math.sqrt(runs * share * (1 - share)) + 1)

/** The number of 300 hours in which the canary is reverted. */
const sentBack = (requestsPerSecond: number, changes: (draw: () => number) => Partial<CanaryHour>): number => {
  const draw = createDraw(requestsPerSecond)
  const hours = Array.from({ length: runs }, () => sentBackAfter(draw, { ...healthy, requestsPerSecond, ...changes(draw) }))
  return hours.filter((second) => second !== null).length
}

/** Median and 95th percentile of the seconds from the fault to the revert. */
function detection(requestsPerSecond: number, rate: number, fromSecond: number, changes: Partial<CanaryHour> = {}, count = runs) {
  const draw = createDraw(requestsPerSecond + fromSecond)
  const hour = { ...healthy, requestsPerSecond, seconds: fromSecond + 7_200, bad: { rate, fromSecond }, ...changes }
  const seconds = Array.from({ length: count }, () => sentBackAfter(draw, hour))
  const after = seconds.filter((second) => second === null || second > fromSecond).map((second) => second && second - fromSecond)
  return { median: quantileOfSeen(after, 0.5) ?? Infinity, p95: quantileOfSeen(after, 0.95) ?? Infinity }
}

describe('a simulated canary', function () {
  this.timeout(60_000)

  for (const [rps, share] of [
    [200, 0.008],
    [20, 0.008],
    [2, 0.003],
  ] as const)
    it(`is reverted by mistake in at most ${share * 100} % of healthy hours at ${rps} requests per second`, () => {
      expect(sentBack(rps, () => ({}))).to.be.at.most(most(share))
    })

  // Requests per second, error rate, first bad second, and the median and 95th percentile that the design states.
  const stated = [
    [200, 0.25, 0, 1, 2],
    [200, 0.25, 600, 2, 4],
    [200, 0.25, 3_000, 3, 4],
    [200, 0.05, 0, 6, 14],
    [200, 0.05, 600, 13, 25],
    [20, 0.25, 0, 8, 18],
    [20, 0.25, 600, 14, 32],
    [20, 0.25, 3_000, 19, 32],
    [20, 0.05, 0, 51, 124],
    [20, 0.05, 600, 83, 181],
    [2, 0.25, 0, 191, 359],
    [2, 0.25, 600, 211, 398],
    [2, 0.25, 3_000, 241, 465],
    [2, 0.05, 0, 989, 2_251],
    [2, 0.05, 600, 1_223, 2_671],
  ] as const
  for (const [rps, rate, from, median, p95] of stated)
    it(`with ${rate * 100} % errors from second ${from} at ${rps} requests per second is reverted after ${median}, or ${p95} s`, () => {
      const found = detection(rps, rate, from)
      // With 300 runs a median is accurate to a tenth, a 95th percentile to a quarter, and both to one look.
      expect(found.median).to.be.within(0.8 * median - 1, 1.2 * median + 1)
      expect(found.p95).to.be.within(0.7 * p95 - 2, 1.3 * p95 + 2)
    })
})

describe('a simulated canary whose errors come in clusters', function () {
  this.timeout(60_000)

  // Requests per second, cluster, and the median seconds to detect 25 % errors with the measured phi, as the design states. Clusters of 30
  // need a declared `maxDispersion` of 30.
  const stated: readonly (readonly [rps: number, cluster: Cluster, median: number])[] = [
    [200, { size: 1, spanSeconds: 0 }, 2],
    [200, { size: 3, spanSeconds: 0 }, 4],
    [200, { size: 10, spanSeconds: 10 }, 10],
    [200, { size: 30, spanSeconds: 10 }, 24],
    [20, { size: 3, spanSeconds: 0 }, 29],
    [20, { size: 10, spanSeconds: 10 }, 74],
  ]
  for (const [rps, cluster, median] of stated)
    it(`(${cluster.size} over ${cluster.spanSeconds} s, ${rps} requests per second) keeps alpha with the measured phi, and is still detected`, () => {
      const past = { ...clusteredPast(rps, healthy.errorRate, cluster), replicas: 2 }
      const phi = (draw: () => number) => measuredPhi(draw, past, Math.max(10, cluster.size))
      expect(sentBack(rps, (draw) => ({ cluster, phi: phi(draw) }))).to.be.at.most(most(0.01))
      const seen = detection(rps, 0.25, 120, { cluster, phi: phi(createDraw(5)), seconds: 1_200 }, 100)
      expect(seen.median).to.be.within(0.6 * median - 1, 1.4 * median + 1)
    })

  it('would be reverted by mistake far more often than alpha if errors counted one by one', () => {
    expect(sentBack(200, () => ({ cluster: { size: 3, spanSeconds: 0 } }))).to.be.above(runs / 2)
    expect(sentBack(20, () => ({ cluster: { size: 10, spanSeconds: 10 } }))).to.be.above(runs / 2)
  })
})
