/** How sticky clients affect a verdict. `npm run bench -- sticky` prints the whole table, which docs/limits.md has. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createDraw } from '../../../loadtests/simulated-canary.ts'
import type { StickyCanary } from '../../../loadtests/simulated-clients.ts'
import { stickyCanary, stickyRelease, stickySentBackAfter } from '../../../loadtests/simulated-clients.ts'
import type { ReplicaCounters } from '../../../domain/analysis/counters.ts'
import { look } from '../../../domain/analysis/look.ts'
import { evidenceOf } from '../../../domain/analysis/evidence.ts'
import { nearnessOf } from '../../../domain/analysis/nearness.ts'
import { verdict } from '../../../domain/analysis/verdict.ts'
import { beginAnalysis, mark } from '../../../domain/analysis/analysis.ts'
import { evenly, plan } from './scene.ts'

/** The seconds of the reverted releases, and their percentage of all. */
function sentBack(changes: Partial<StickyCanary>, releases = 100) {
  const draw = createDraw(8)
  const runs = Array.from({ length: releases }, () => stickySentBackAfter(draw, { ...stickyCanary, seconds: 60, ...changes }))
  const seconds = runs.filter((second) => second !== null)
  return { percent: (100 * seconds.length) / releases, latest: Math.max(...seconds) }
}

describe('a simulated canary of sticky clients', function () {
  this.timeout(120_000)

  it('that is healthy is not reverted because of one client that fails, however often, or a busy one that never fails', () => {
    expect(sentBack({}).percent, 'healthy').to.be.at.most(1)
    expect(sentBack({ broken: 1 }).percent, 'always').to.be.at.most(1)
    expect(sentBack({ broken: 1, weightPercent: 30 }).percent, 'at a weight of 30').to.be.at.most(1)
    expect(sentBack({ broken: 1, brokenRate: 0.5 }).percent, 'every other request').to.be.at.most(1)
    expect(sentBack({ broken: 1, brokenRate: 0.05, seconds: 300 }, 50).percent, 'now and then').to.be.at.most(2)
    expect(sentBack({ busyRequestsPerSecond: 50, errorRate: 0.005, seconds: 300 }, 50).percent, 'busy').to.be.at.most(2)
  })

  it('that is healthy is not reverted because of many clients that always fail, whichever version has more of them', () => {
    for (const weightPercent of [30, 50])
      expect(sentBack({ broken: 20, weightPercent, seconds: 20 }, 300).percent, `at ${weightPercent} %`).to.be.below(0.5)
  })

  it('that is healthy is reverted as often as its weight when only requests are counted', () => {
    expect(sentBack({ broken: 1, weightPercent: 30, byClients: false }).percent).to.be.within(15, 45)
  })

  it('that is healthy is not reverted because of a flood of clients without cookies, good or bad', () => {
    expect(sentBack({ strangersPerSecond: 100, strangersRate: 1 }, 50).percent).to.be.at.most(2)
    expect(sentBack({ strangersPerSecond: 100, broken: 1 }, 50).percent).to.be.at.most(2)
  })

  it('that fails everything is reverted within a second or two, and with ten clients in most cases', () => {
    expect(sentBack({ canaryRate: 1 })).to.satisfy(
      (found: ReturnType<typeof sentBack>) => found.percent >= 98 && found.latest <= 2,
    )
    expect(sentBack({ clients: 10, weightPercent: 50, canaryRate: 1 }).percent).to.be.at.least(85)
    const late = { clients: 200, canaryRate: 1, badFromSecond: 120, errorRate: 0.005, seconds: 140 }
    expect(sentBack(late, 50).percent, 'after two minutes').to.be.at.least(90)
  })

  it('that turns bad after minutes of errors is reverted in seconds, although most of its ten clients did not count', () => {
    const late = { canaryRate: 1, badFromSecond: 600, errorRate: 0.005, seconds: 630 }
    expect(sentBack(late)).to.satisfy((found: ReturnType<typeof sentBack>) => found.percent >= 98 && found.latest <= 610)
    expect(sentBack({ ...late, canaryRate: 0.25, seconds: 660 }, 50).percent, 'every fourth request').to.be.at.least(95)
  })

  it('that turns bad never passes, even with too few clients to detect it', () => {
    const draw = createDraw(8)
    const late = { clients: 10, weightPercent: 30, canaryRate: 1, badFromSecond: 600, errorRate: 0.005, seconds: 610 }
    const ends = Array.from({ length: 50 }, () => stickyRelease(draw, { ...stickyCanary, ...late }))
    // If none of the ten clients was drawn for it, there was no fault to see.
    expect(ends.filter(({ passes }) => passes).length).to.be.at.most(4)
  })

  it('that fails every fourth request of many clients is reverted as fast as without sticky sessions', () => {
    const many = { clients: 500, canaryRate: 0.25, errorRate: 0.005, seconds: 20 }
    const [byClients, byRequests] = [sentBack(many, 40), sentBack({ ...many, byClients: false }, 40)]
    expect([byClients.percent, byRequests.percent]).to.deep.equal([100, 100])
    expect(byClients.latest).to.be.at.most(byRequests.latest + 1)
  })
})

const onlyErrors = [{ kind: 'errors', share: 1, dryRun: false }] as const
const sticky = { ...plan, sticky: true, settings: { ...plan.settings, metrics: onlyErrors } }
const replica = (revision: string, requests: number, errors: number, more: Partial<ReplicaCounters> = {}): ReplicaCounters => ({
  ...{ revision, replica: revision, requests, errors, statuses: {}, edges: [] },
  ...more,
})
/** The analysis after one look at these counters. */
function after(replicas: readonly ReplicaCounters[]) {
  let state = mark(beginAnalysis(sticky, evenly(sticky)), 0, 10)
  const zero = replicas.map(({ revision, firstDraws }) =>
    replica(revision, 0, 0, firstDraws === undefined ? {} : { firstDraws: 0 }),
  )
  state = look(sticky, state, { atMs: 60_000, replicas: zero }).state
  return look(sticky, state, { atMs: 61_000, replicas }).state
}
const clients = (bad: number, requests: number, failing = 0, active = 0): Partial<ReplicaCounters> => ({
  clients: {
    ...{ requests, turns: requests, newTurns: 0, active },
    kinds: { errors: { bad, requests, turns: requests, newBad: 0, newTurns: 0, failing, lasting: 0 } },
  },
})

describe('a look at sticky clients', () => {
  it('judges clients if they are counted, and shows all requests', () => {
    const state = after([replica('new', 500, 400, clients(1, 100)), replica('old', 5_000, 0, clients(0, 5_000))])
    const evidence = evidenceOf(sticky, state)
    expect(evidence.guardrail).to.deep.include({ byClients: true, canaryErrors: { bad: 1, total: 100 } })
    expect(evidence.requests.canary).to.deep.equal({ bad: 400, total: 500 })
    expect(evidence.cautions.join()).not.to.include('sticky')
    expect(verdict(sticky, state, { kind: 'guard' }, { nowMs: 61_000, inModeMs: 0 })).to.equal(null)
  })

  it('names clients in its verdict', () => {
    const state = after([replica('new', 500, 400, clients(40, 100)), replica('old', 5_000, 0, clients(0, 5_000))])
    const reached = verdict(sticky, state, { kind: 'guard' }, { nowMs: 61_000, inModeMs: 0 })
    expect(reached?.detail).to.match(/^40 clients met an error within 100 requests; the stable version had none \(E /)
  })

  it('reverts a version when most of its clients fail now, even if all else is good, and says so', () => {
    const found = after([
      replica('new', 5_000, 20, clients(1, 5_000, 9, 10)),
      replica('old', 50_000, 90, clients(5, 50_000, 1, 88)),
    ])
    const reached = verdict(sticky, found, { kind: 'guard' }, { nowMs: 61_000, inModeMs: 0 })
    expect(reached?.kind).to.equal('fail')
    expect(reached?.detail).to.match(/^9 of the 10 returning clients on the canary fail now; 1 of 88 on the stable version \(E /)
  })

  it('passes no version while most of its clients fail and most of the stable version’s do not', () => {
    const endOf = (canary: readonly [failing: number, active: number], stable: readonly [failing: number, active: number]) => {
      const counters = [
        replica('new', 5_000, 2, clients(1, 5_000, ...canary)),
        replica('old', 50_000, 90, clients(5, 50_000, ...stable)),
      ]
      const state = after(counters.map((one) => ({ ...one, edges: [{ edgeMs: 500, entered: one.requests, slow: 0 }] })))
      const ms = { nowMs: 61_000, inModeMs: 61_000 }
      const mode = { kind: 'bake', minMs: 0, maxMs: 61_000 } as const
      const quick = { ...sticky, requestTimeoutMs: 100 }
      return { reached: verdict(quick, state, mode, ms), near: nearnessOf(quick, state, { ...mode, maxMs: 90_000 }, ms) }
    }
    const { reached, near } = endOf([2, 3], [0, 27])
    expect([reached?.kind, reached?.detail]).to.deep.equal([
      'inconclusive',
      'nothing passes while 2 of the 3 returning clients on the canary fail now; none of 27 on the stable version',
    ])
    expect(near).to.include({ toGoMs: null, text: reached?.detail })
    expect(endOf([1, 2], [0, 27]).reached?.kind, 'half').to.equal('pass')
    expect(endOf([2, 3], [20, 27]).reached?.kind, 'both').to.equal('pass')
  })

  it('judges requests if clients are not counted, and says that alpha does not hold', () => {
    const state = after([replica('new', 500, 400), replica('old', 5_000, 0)])
    const { guardrail, cautions } = evidenceOf(sticky, state)
    expect(guardrail).to.deep.include({ byClients: false, canaryErrors: { bad: 400, total: 500 } })
    expect(cautions.join()).to.include('does not count clients')
  })
})

describe('the split of sticky clients', () => {
  const splitOf = (canary: number | undefined, stable: number | undefined) => {
    const drawn = (firstDraws: number | undefined) => (firstDraws === undefined ? {} : { firstDraws })
    return evidenceOf(sticky, after([replica('new', 5_000, 0, drawn(canary)), replica('old', 5_000, 0, drawn(stable))])).split
  }

  it('is tested on first draws, however many requests each client sends, and not tested if they are not counted', () => {
    const right = splitOf(100, 900)
    expect([right?.canary, right?.total]).to.deep.equal([100, 1_000])
    expect(right && right.logE < right.limit).to.equal(true)
    const wrong = splitOf(500, 500)
    expect(wrong && wrong.logE >= wrong.limit).to.equal(true)
    expect(splitOf(undefined, undefined)).to.equal(null)
  })
})
