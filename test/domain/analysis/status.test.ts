import { expect } from 'chai'
import { describe, it } from 'mocha'
import { statusOf } from '../../../domain/analysis/status.ts'
import { verdict } from '../../../domain/analysis/verdict.ts'
import { plan, startLooking } from './scene.ts'

const bake = { kind: 'bake', minMs: 0, maxMs: 600_000 } as const
const nothing = { verdict: null, sides: null, blindBecause: null }

describe('what an analysis shows of itself', () => {
  it('is what was counted and how near a pass is, while there is no verdict', () => {
    const run = startLooking()
    run.traffic(2, { canary: 5, stable: 45 })
    const state = run.state()
    const now = { nowMs: run.atMs(), inModeMs: 7_000 }
    const shown = statusOf(plan, state, bake, now, { ...nothing, blindBecause: 'no answer' })
    expect(shown).to.deep.include({
      mode: bake,
      inModeMs: 7_000,
      verdict: null,
      canary: state.total.canary,
      stable: state.total.stable,
      blindBecause: 'no answer',
    })
    expect(shown.toPass?.text).to.match(/^errors: /)
    expect(shown.logLimit).to.be.closeTo(Math.log(125), 1e-9)
    expect(statusOf({ ...plan, stable: null }, state, bake, now, nothing).stable, 'without a stable version').to.equal(null)
  })

  it('is the verdict with the evidence that it rested on, and nothing is near a pass any more', () => {
    const run = startLooking()
    run.traffic(60, { canary: 20, stable: 180, canaryIs: { errors: 0.5 } })
    const now = { nowMs: run.atMs(), inModeMs: 60_000 }
    const reached = verdict(plan, run.state(), bake, now) ?? expect.fail('no verdict')
    run.traffic(5, { canary: 20, stable: 180 })
    const shown = statusOf(plan, run.state(), bake, now, { ...nothing, verdict: reached })
    expect([shown.verdict, shown.toPass]).to.deep.equal(['fail', null])
    expect(shown.evidence).to.equal(reached.evidence)
    expect(shown.canary).to.deep.equal(reached.evidence.requests.canary)
  })
})
