import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { AnalysisState } from '../../../domain/analysis/analysis.ts'
import {
  analysisPlanOf,
  beginAnalysis,
  blind,
  isIdle,
  mark,
  overrule,
  routingBeside,
  standingOf,
} from '../../../domain/analysis/analysis.ts'
import { planOf, stable } from '../rollout/rollout-machine.ts'
import { evenly, plan, startLooking } from './scene.ts'

const begun = mark(beginAnalysis(plan, evenly()), 1_000, 10)
const { warmUpMs, idleAfterMs } = plan.settings

describe('what an analysis is doing', () => {
  const rows: readonly (readonly [what: string, state: AnalysisState, nowMs: number, standing: ReturnType<typeof standingOf>])[] =
    [
      ['waits before the first mark', beginAnalysis(plan, evenly()), 1_000_000, 'waiting'],
      ['warms up after it', begun, 1_000, 'warming-up'],
      ['still does, a moment before its end', begun, 1_000 + warmUpMs - 1, 'warming-up'],
      ['looks from then on', begun, 1_000 + warmUpMs, 'looking'],
      ['looks until it has been idle long enough', begun, 1_000 + idleAfterMs - 1, 'looking'],
      ['is idle from then on', begun, 1_000 + idleAfterMs, 'idle'],
      ['is blind before anything else', blind(begun, 2_000), 1_000 + idleAfterMs, 'blind'],
      ['is blind though nothing was marked', blind(beginAnalysis(plan, null), 0), 0, 'blind'],
    ]
  for (const [what, state, nowMs, standing] of rows)
    it(what, () => {
      expect(standingOf(plan, state, nowMs)).to.equal(standing)
    })

  it('is idle only where a request could have come', () => {
    expect(isIdle(plan, beginAnalysis(plan, null), 1_000_000)).to.equal(false)
  })
})

describe('a new analysis', () => {
  it('knows nothing', () => {
    const nothing = { bad: 0, total: 0 }
    const { channels, guardrail, ...state } = beginAnalysis(plan, null)
    expect(state).to.deep.equal({
      looks: 0,
      begunAtMs: null,
      markAtMs: null,
      weightPercent: 0,
      lastCountedAtMs: null,
      lastRequestAtMs: null,
      blindSinceMs: null,
      overruledAtMs: null,
      dispersion: null,
      split: { canary: 0, total: 0 },
      total: { canary: nothing, stable: nothing },
      replicas: { present: {}, lost: {} },
      byClients: false,
      falls: 0,
      missing: {},
    })
    expect(channels.map(({ mirror }) => mirror)).to.deep.equal([[], [], [], []])
    expect(guardrail.canary).to.deep.equal(guardrail.stable)
  })
})

describe('a mark', () => {
  it('is taken once: the same one changes nothing, another weight or instant begins a step', () => {
    expect(mark(begun, 1_000, 10)).to.equal(begun)
    expect(mark(begun, 1_000, 50)).to.deep.include({ markAtMs: 1_000, weightPercent: 50 })
    expect(mark(begun, 2_000, 10)).to.deep.include({ markAtMs: 2_000, lastRequestAtMs: 2_000, begunAtMs: 1_000 })
  })

  it('forgets what is judged by the step alone, and carries on all evidence', () => {
    const run = startLooking()
    run.traffic(20, { canary: 20, stable: 180, canaryIs: { errors: 0.2 }, stableIs: { errors: 0.1 } })
    const before = run.state()
    const after = mark(before, 90_000, 50)
    expect(before.channels[0]?.mirror).to.not.deep.equal([])
    expect(after.split).to.deep.equal({ canary: 0, total: 0 })
    const nothing = { a: 0, n: 0, b: 0, m: 0 }
    expect(after.channels).to.deep.equal(before.channels.map((one) => ({ ...one, mirror: [], step: nothing })))
    expect(after.guardrail).to.equal(before.guardrail)
  })
})

describe('blindness', () => {
  it('counts from the first answer that was missing', () => {
    expect(blind(blind(begun, 5_000), 9_000).blindSinceMs).to.equal(5_000)
  })
})

describe('a person who goes on', () => {
  it('sets aside the guardrail and the split, not the comparison', () => {
    const run = startLooking()
    run.traffic(5, { canary: 20, stable: 180, canaryIs: { errors: 0.5 }, stableIs: { errors: 0.5 } })
    const after = overrule(run.state(), 77_000)
    const fresh = beginAnalysis(plan, null)
    expect(after).to.deep.equal({
      ...run.state(),
      overruledAtMs: 77_000,
      guardrail: fresh.guardrail,
      split: { canary: 0, total: 0 },
    })
  })
})

describe('the plan of an analysis', () => {
  const routing = { requestTimeoutMs: 15_000, sticky: true }
  it('compares with the stable version, and with nothing where that is the version itself or there is none', () => {
    const rollout = planOf()
    const { analysis, objective, alpha, canary } = rollout
    const expected = { settings: analysis, objective, alpha, canary: canary.revision, stable: stable.revision, ...routing }
    expect(analysisPlanOf(rollout, stable, routing)).to.deep.equal(expected)
    expect(analysisPlanOf(rollout, canary, routing)).to.deep.equal({ ...expected, stable: null })
    expect(analysisPlanOf(rollout, null, routing)).to.deep.equal({ ...expected, stable: null })
  })

  it('waits for the slowest request of both versions, and draws clients as the stable version does', () => {
    const quick = { requestTimeoutMs: 1_000, sticky: false }
    expect(routingBeside(quick, routing)).to.deep.equal(routing)
    expect(routingBeside(routing, quick)).to.deep.equal({ requestTimeoutMs: 15_000, sticky: false })
    expect(routingBeside(quick, null)).to.deep.equal(quick)
  })
})
