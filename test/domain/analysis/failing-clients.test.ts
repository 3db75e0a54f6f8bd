import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { FailingTest, Standing } from '../../../domain/analysis/failing-clients.ts'
import {
  beginFailing,
  failingLogE,
  foldFailing as foldBoth,
  isMostlyFailing,
  standingIn,
} from '../../../domain/analysis/failing-clients.ts'
import { channelsOf } from '../../../domain/analysis/channels.ts'
import type { ReplicaCounters } from '../../../domain/analysis/counters.ts'
import { createDraws, plan } from './scene.ts'

const standing = (a: number, n: number, b: number, m: number): Standing => ({
  canary: { bad: a, total: n },
  stable: { bad: b, total: m },
})

const choose = (n: number, k: number): number => (k < 0 || k > n ? 0 : k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k)

/** By default no client has failed for a minute. */
const foldFailing = (test: FailingTest, now: Standing, h0: number, phi: number, lasting = standing(0, 10, 0, 90)) =>
  foldBoth(test, { now, lasting }, h0, phi)

/** Mean of e over all ways to draw `n` of `n + m` clients, of which `failing` fail, with odds of `odds` to be at the canary. */
function meanOf(n: number, m: number, failing: number, h0: number, odds = 1): number {
  let [sum, ways] = [0, 0]
  for (let a = 0; a <= failing; a += 1) {
    const weight = choose(n, a) * choose(m, failing - a) * odds ** a
    if (weight === 0) continue
    ways += weight
    sum += weight * Math.exp(failingLogE(standing(a, n, failing - a, m), h0))
  }
  return sum / ways
}

/**
 * Simulates 1,000 releases. Each draws its clients for a version. `failing` decides which clients fail at a look, independent of the draw.
 */
function runs(
  clients: number,
  shareAt: (look: number) => number,
  looks: number,
  failing: (draw: () => number) => (client: number, look: number) => boolean,
) {
  const draw = createDraws(8)
  return Array.from({ length: 1_000 }, () => {
    const drawn = Array.from({ length: clients }, draw)
    const fails = failing(draw)
    let test: FailingTest = beginFailing()
    for (let look = 0; look < looks; look += 1) {
      const counts = [0, 0, 0, 0] as [number, number, number, number]
      drawn.forEach((own, client) => {
        const isCanary = own < shareAt(look)
        const side = isCanary ? 0 : 2
        if (fails(client, look)) counts[side] += 1
        counts[side + 1] = (counts[side + 1] ?? 0) + 1
      })
      test = foldFailing(test, standing(...counts), 1, 1)
    }
    return Math.exp(test.logE)
  })
}

describe('the test of failing clients', () => {
  it('is an e-value: its mean over all draws is 1, for any numbers of clients and of failing ones', () => {
    for (const [n, m, failing] of [
      [10, 90, 3],
      [10, 90, 50],
      [3, 7, 10],
      [50, 50, 40],
      [1, 20, 5],
    ] as const)
      expect(meanOf(n, m, failing, 1), `${failing} of ${n} + ${m}`).to.be.closeTo(1, 1e-9)
  })

  it('is an e-value for tolerated odds too, and smaller for lower odds', () => {
    expect(meanOf(10, 90, 8, 1.5, 1.5 ** 4)).to.be.closeTo(1, 1e-9)
    expect(meanOf(10, 90, 8, 1.5)).to.be.below(1)
    expect(meanOf(10, 90, 8, 1, 0.5)).to.be.below(1)
  })

  it('detects ten of ten failing clients on a canary of a hundred clients, and five of ten', () => {
    expect(failingLogE(standing(10, 10, 0, 90), 1)).to.be.above(Math.log(1e11))
    expect(failingLogE(standing(5, 10, 0, 90), 1)).to.be.above(Math.log(1e4))
    expect(failingLogE(standing(1, 10, 9, 90), 1)).to.be.below(0)
  })

  it('shows nothing with fewer than three clients or one in ten, and gains nothing from clients that continue to fail', () => {
    const two = foldFailing(beginFailing(), standing(2, 10, 1, 990), 1, 1)
    expect([two.tests, two.logE]).to.deep.equal([1, beginFailing().logE])
    const some = (a: number) => foldFailing(beginFailing(), standing(a, 100, 0, 9_900), 1, 1).logE
    expect([some(9), some(10) > 10]).to.deep.equal([beginFailing().logE, true])
    const once = foldFailing(beginFailing(), standing(4, 10, 0, 90), 1, 1)
    expect(once.logE).to.be.above(0)
    expect(foldFailing(once, standing(4, 10, 0, 90), 1, 1)).to.deep.equal(once)
    expect(foldFailing(beginFailing(), standing(4, 10, 0, 90), 1, 3).logE).to.be.below(once.logE)
  })

  it('bets half of what it may at its first test, from three failing clients of the canary on', () => {
    const two = foldFailing(beginFailing(), standing(1, 10, 1, 90), 1, 1)
    expect([two.tests, two.logE], 'two in all are no test').to.deep.equal([0, Math.log(0.01)])
    const three = standing(3, 10, 0, 90)
    const expected = Math.log(0.01 + 0.99 * 0.5 * Math.exp(failingLogE(three, 1)))
    expect(foldFailing(beginFailing(), three, 1, 1).logE).to.be.closeTo(expected, 1e-9)
  })

  it('withholds a pass while most of the canary fail, and most of the stable version do not', () => {
    const withheld = (...counts: Parameters<typeof standing>) => isMostlyFailing({ ...beginFailing(), now: standing(...counts) })
    expect([
      withheld(6, 10, 45, 90),
      withheld(5, 10, 0, 90),
      withheld(6, 10, 46, 90),
      isMostlyFailing(beginFailing()),
    ]).to.deep.equal([true, false, false, false])
  })

  it('does not treat clients that have failed for a minute as a cluster', () => {
    const ten = standing(10, 10, 0, 90)
    const once = foldFailing(beginFailing(), ten, 1, 10)
    const lasting = foldFailing(once, ten, 1, 10, ten)
    expect(lasting.logE).to.be.above(Math.log(1e9)).and.above(once.logE)
    expect(foldFailing(lasting, ten, 1, 10, ten)).to.deep.equal(lasting)
    const single = foldFailing(beginFailing(), ten, 1, 1)
    expect(foldFailing(single, ten, 1, 1, ten).logE, 'without clusters it was said at once').to.equal(single.logE)
  })

  it('keeps the last state of the canary when its last client leaves', () => {
    const left = foldFailing(foldFailing(beginFailing(), standing(3, 3, 0, 90), 1, 1), standing(0, 0, 0, 90), 1, 1)
    expect(left.now?.canary).to.deep.equal({ bad: 3, total: 3 })
  })

  it('keeps its level over all looks while the weight grows, whether clients fail for good, in turns, or all at once', () => {
    const populations: readonly [string, Parameters<typeof runs>[3]][] = [
      ['for good', () => (client) => client < 20],
      ['in turns', (draw) => (client, look) => (client + Math.floor(look / 3) + Math.floor(draw() * 2)) % 10 < 2],
      ['now and then', (draw) => () => draw() < 0.1],
      ['all at once', () => (_, look) => look % 20 > 10],
    ]
    for (const [what, failing] of populations) {
      const found = runs(60, (look) => (look < 30 ? 0.1 : 0.3), 60, failing)
      expect(found.filter((e) => e >= 20).length / found.length, what).to.be.at.most(0.05)
      expect(found.filter((e) => e >= 100).length / found.length, what).to.be.at.most(0.01)
    }
  })
})

describe('the clients that fail in an answer of the provider', () => {
  const replica = (revision: string, active: number, failing: number, lasting: number): ReplicaCounters => ({
    revision,
    replica: `${revision} ${active}`,
    requests: 1,
    errors: 0,
    statuses: {},
    edges: [],
    clients: {
      active,
      requests: 1,
      turns: 1,
      newTurns: 0,
      kinds: { errors: { bad: 0, requests: 1, turns: 1, newBad: 0, newTurns: 0, failing, lasting } },
    },
  })
  const { clients: _, ...unasked } = replica('new', 1, 1, 1)
  const [errors, query] = channelsOf(
    [
      { kind: 'errors', share: 1, dryRun: false },
      { kind: 'query', name: 'orders', bad: 'b', total: 't', share: 0, dryRun: true },
      { kind: 'status', match: '4xx', share: 0, dryRun: true },
    ],
    plan.objective,
  )
  const replicas = [
    replica('new', 10, 3, 1),
    replica('new', 5, 9, 9),
    unasked,
    replica('old', 90, 2, 0),
    replica('other', 7, 7, 7),
  ]
  const of = (channel = errors, stable: string | null = 'old') =>
    channel && standingIn({ atMs: 0, replicas }, { canary: 'new', stable }, channel)

  it('are summed by version, now and for a minute, and never more than there are', () => {
    expect(of()).to.deep.equal({ now: standing(8, 15, 2, 90), lasting: standing(6, 15, 0, 90) })
    expect(of(errors, null)).to.deep.equal({ now: standing(8, 15, 0, 0), lasting: standing(6, 15, 0, 0) })
  })

  it('are none of a kind that no answer had, and nobody counts them of a query', () => {
    const status = channelsOf([{ kind: 'status', match: '4xx', share: 0, dryRun: true }], plan.objective)[0]
    expect(of(status)).to.deep.equal({ now: standing(0, 15, 0, 90), lasting: standing(0, 15, 0, 90) })
    expect(of(query)).to.equal(null)
  })
})
