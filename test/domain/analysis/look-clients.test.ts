/** How a look counts sticky clients. What follows for whole releases is in `sticky-clients.test.ts`, which simulates them. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { beginAnalysis, mark } from '../../../domain/analysis/analysis.ts'
import { foldErrors } from '../../../domain/analysis/comparison.ts'
import type { ReplicaCounters } from '../../../domain/analysis/counters.ts'
import { evidenceOf } from '../../../domain/analysis/evidence.ts'
import { beginFailing } from '../../../domain/analysis/failing-clients.ts'
import { look } from '../../../domain/analysis/look.ts'
import { beginMixture } from '../../../domain/analysis/mixture.ts'
import { nearnessOf } from '../../../domain/analysis/nearness.ts'
import { verdict } from '../../../domain/analysis/verdict.ts'
import { evenly, plan } from './scene.ts'

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

describe('the comparison of sticky clients', () => {
  /** Counters of a version: `all` its clients have done, of which `fresh` at their very first request. */
  const version = (
    revision: string,
    all: { readonly bad: number; readonly turns: number },
    fresh: { readonly bad: number; readonly turns: number },
  ) =>
    replica(revision, 9_000, 0, {
      clients: {
        ...{ requests: 9_000, turns: all.turns, newTurns: fresh.turns, active: 0 },
        kinds: {
          errors: {
            ...{ bad: all.bad, requests: 9_000, turns: all.turns, newBad: fresh.bad, newTurns: fresh.turns },
            ...{ failing: 0, lasting: 0 },
          },
        },
      },
    })

  it('compares returning clients and new ones each with their own kind, by the seconds in which they asked', () => {
    const state = after([
      version('new', { bad: 9, turns: 120 }, { bad: 4, turns: 20 }),
      version('old', { bad: 11, turns: 1_100 }, { bad: 1, turns: 100 }),
    ])
    const returning = foldErrors(beginMixture(), { a: 5, n: 100, b: 10, m: 1_000 }, 1, 1)
    const expected = foldErrors(returning, { a: 4, n: 20, b: 1, m: 100 }, 1, 1)
    expect(state.channels[0]?.test).to.deep.equal(expected)
    expect(state.channels[0]?.total).to.deep.equal({ a: 9, n: 9_000, b: 11, m: 9_000 })
  })

  it('compares new clients of one version with none of the other, and no new ones where there are none', () => {
    const returning = { bad: 5, turns: 100 }
    const both = foldErrors(beginMixture(), { a: 5, n: 100, b: 5, m: 100 }, 1, 1)
    const none = { bad: 0, turns: 0 }
    expect(after([version('new', returning, none), version('old', returning, none)]).channels[0]?.test).to.deep.equal(both)
    const [fresh, more] = [
      { bad: 2, turns: 50 },
      { bad: 7, turns: 150 },
    ]
    const equal = foldErrors(both, { a: 2, n: 50, b: 2, m: 50 }, 1, 1)
    expect(after([version('new', more, fresh), version('old', more, fresh)]).channels[0]?.test).to.deep.equal(equal)
    const one = foldErrors(both, { a: 2, n: 50, b: 0, m: 0 }, 1, 1)
    expect(after([version('new', more, fresh), version('old', returning, none)]).channels[0]?.test).to.deep.equal(one)
  })

  it('counts failing clients at every look, but not at one in which the stable version was lost', () => {
    const failing = (bad: number) => [
      replica('new', 5_000, 20, clients(1, 5_000, bad, 10)),
      replica('old', 50_000, 90, clients(5, 50_000, 1, 88)),
    ]
    const before = after(failing(9))
    const { now } = before.channels[0]?.failing ?? expect.fail('no channel')
    expect(now).to.deep.equal({ canary: { bad: 9, total: 10 }, stable: { bad: 1, total: 88 } })
    const [canary] = failing(10)
    const torn = look(sticky, before, { atMs: 62_000, replicas: canary ? [canary] : [] })
    expect([torn.row.note, torn.state.channels[0]?.failing]).to.deep.equal(['torn', before.channels[0]?.failing])
    expect(look(sticky, before, { atMs: 62_000, replicas: failing(10) }).state.channels[0]?.failing.now?.canary.bad).to.equal(10)
  })

  it('counts no failing clients where requests are judged', () => {
    const unasked = { ...sticky, sticky: false }
    const counters = [replica('new', 500, 4, clients(1, 500, 9, 10)), replica('old', 5_000, 9, clients(5, 5_000, 1, 88))]
    let state = mark(beginAnalysis(unasked, evenly(unasked)), 0, 10)
    for (const atMs of [60_000, 61_000, 62_000]) state = look(unasked, state, { atMs, replicas: counters }).state
    expect(state.channels[0]?.failing).to.deep.equal(beginFailing())
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
