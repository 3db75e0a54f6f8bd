import { expect } from 'chai'
import { describe, it } from 'mocha'
import { historySpansMs, phiOf } from '../../../domain/analysis/dispersion.ts'
import { afterPast, inClusters } from '../../../loadtests/dispersion.ts'
import { pasts } from '../../../loadtests/pasts.ts'
import { createDraw } from '../../../loadtests/simulated-canary.ts'
import { createHistory } from '../../../local-runtime/proxy/history.ts'

describe('a release after any past of its stable version', function () {
  this.timeout(120_000)
  const runs = 40

  for (const { name, past } of pasts)
    for (const replicas of [1, 2])
      it(`(${name}, ${replicas} replica${replicas > 1 ? 's' : ''}) does not take traffic or incidents for clusters, and detects a bad canary`, () => {
        const { phi, all, some } = afterPast(past, replicas, runs)
        // Three bad minutes in an hour give 3.8 on whole minutes and 5.3 from any second: bounded in both cases.
        expect(phi.median).to.be.at.most(name.includes('three') ? 6 : 3)
        expect(all.median).to.be.at.most(5)
        expect(some.median).to.be.at.most(90)
      })

  for (const [requestsPerSecond, cluster, replicas] of [
    [200, { size: 3, spanSeconds: 0 }, 1],
    [80, { size: 10, spanSeconds: 10 }, 1],
    [200, { size: 10, spanSeconds: 10 }, 2],
  ] as const)
    it(`keeps alpha with errors in clusters of ${cluster.size} over ${cluster.spanSeconds} s at ${requestsPerSecond} requests per second`, () => {
      // At 1 %, more than 6 of 150 healthy hours come about once in 1,000 such tests.
      expect(inClusters(requestsPerSecond, cluster, replicas, 150).sentBack).to.be.at.most(6)
    })
})

describe('the history that the local runtime keeps', () => {
  it('has the same dispersion at any traffic: alternating load and a promotion are no clusters', () => {
    const loads = [(second: number) => (Math.floor(second / 60) % 2 ? 150 : 10), (second: number) => (second < 1_800 ? 8 : 80)]
    for (const load of loads) {
      const draw = createDraw(11)
      const history = createHistory([], 0)
      for (let second = 0; second < 3_600; second += 1)
        for (let i = 0; i < load(second); i += 1) history.record(1_000 * second + i, draw() < 0.005, false, 1)
      const nowMs = 3_600_000
      const spans = historySpansMs.map((spanMs) => history.read('old', nowMs - spanMs, nowMs, []))
      expect(spans.map(({ blockMs }) => blockMs)).to.deep.equal([1_000, 5_000])
      const { phi, basis } = phiOf(spans, ({ errors }) => errors, 10)
      expect([phi < 2, basis]).to.deep.equal([true, 'one-replica'])
    }
  })
})
