/** What one client that fails at every request does to a verdict where clients stay with a version; docs/limits.md has the table. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createDraw } from '../../../loadtests/simulated-canary.ts'
import type { StickyCanary } from '../../../loadtests/simulated-clients.ts'
import { stickySentBackAfter } from '../../../loadtests/simulated-clients.ts'
import { limitsOf } from '../../../domain/analysis/alpha.ts'
import { look } from '../../../domain/analysis/look.ts'
import { evidenceOf } from '../../../domain/analysis/evidence.ts'
import { beginAnalysis, mark } from '../../../domain/analysis/analysis.ts'
import { evenly, plan } from './scene.ts'

const healthy: StickyCanary = {
  clients: 100,
  weightPercent: 10,
  broken: 0,
  canaryRate: 0,
  errorsPerClient: Infinity,
  errorRate: 0.0005,
  seconds: 60,
  phi: 1,
  limits: limitsOf(0.01),
}

/** Percent of 200 releases. */
function sentBack(changes: Partial<StickyCanary>): number {
  const draw = createDraw(8)
  const runs = Array.from({ length: 200 }, () => stickySentBackAfter(draw, { ...healthy, ...changes }))
  return runs.filter((second) => second !== null).length / 2
}

describe('a simulated canary of sticky clients', function () {
  this.timeout(60_000)

  it('is sent back by one client that always fails as often as that one is drawn for it, and not more often', () => {
    expect(sentBack({ broken: 1 })).to.be.within(4, 17)
    expect(sentBack({ broken: 1, weightPercent: 30 })).to.be.within(20, 40)
    expect(sentBack({})).to.be.at.most(2)
  })

  it('is sent back when it is broken, with ten clients too', () => {
    expect(sentBack({ clients: 10, weightPercent: 30, canaryRate: 1 })).to.be.at.least(90)
  })
})

describe('the split of sticky clients', () => {
  const sticky = { ...plan, sticky: true }
  const replica = (revision: string, requests: number, firstDraws: number | undefined) => ({
    ...{ revision, replica: revision, requests, errors: 0, statuses: {} },
    edges: [],
    ...(firstDraws === undefined ? {} : { firstDraws }),
  })
  /** The split's evidence after a look with so many draws, of clients who ask for very different amounts. */
  function splitOf(canary: number | undefined, stable: number | undefined) {
    let state = mark(beginAnalysis(sticky, evenly(sticky)), 0, 10)
    const zero = (draws: number | undefined) => (draws === undefined ? undefined : 0)
    for (const [atMs, requests, draws] of [
      [60_000, 0, [zero(canary), zero(stable)]],
      [61_000, 5_000, [canary, stable]],
    ] as const)
      state = look(sticky, state, {
        atMs,
        replicas: [replica('new', requests, draws[0]), replica('old', requests, draws[1])],
      }).state
    return evidenceOf(sticky, state).split
  }

  it('is tested on first draws, however much each of them asks, and not at all where nobody counts them', () => {
    const right = splitOf(100, 900)
    expect([right?.canary, right?.total]).to.deep.equal([100, 1_000])
    expect(right && right.logE < right.limit).to.equal(true)
    const wrong = splitOf(500, 500)
    expect(wrong && wrong.logE >= wrong.limit).to.equal(true)
    expect(splitOf(undefined, undefined)).to.equal(null)
  })
})
