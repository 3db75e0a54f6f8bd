import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { AnalysisPlan } from '../../../domain/analysis/analysis.ts'
import { pauseAfterLookMs } from '../../../domain/analysis/pace.ts'
import type { AnalysisMode } from '../../../domain/rollout/rollout.ts'
import { plan, settings, startLooking } from './scene.ts'

const modes: readonly AnalysisMode[] = [
  { kind: 'bake', minMs: 60_000, maxMs: 600_000 },
  { kind: 'watch', forMs: 300_000 },
  { kind: 'guard' },
  { kind: 'shift' },
]
const wait: AnalysisMode = { kind: 'wait', forMs: 86_400_000 }
const [bake] = modes as [AnalysisMode]
const few = { canary: 20, stable: 180 }
const alone: AnalysisPlan = { ...plan, stable: null }

type Run = ReturnType<typeof startLooking>
/** Runs up to the first look in doubt. */
const inDoubt = (of: AnalysisPlan = plan): Run => {
  const run = startLooking(of)
  run.traffic(20, few)
  run.traffic(30, { ...few, canaryIs: { errors: 0.25 } }, () => pauseAfterLookMs(of, run.state(), bake, true) < 1_000)
  return run
}

describe('the pause after a look', () => {
  it('is the declared one while the new version is as good as the stable one', () => {
    const run = startLooking()
    for (let second = 0; second < 120; second += 1) {
      run.traffic(1, { ...few, canaryIs: { errors: 0.005 }, stableIs: { errors: 0.005 } })
      for (const mode of modes) expect(pauseAfterLookMs(plan, run.state(), mode, true)).to.equal(1_000)
    }
  })

  it('is short while the version is in doubt by the comparison or the guardrail, in every mode that does not wait for a person', () => {
    for (const judged of [plan, alone]) {
      const run = inDoubt(judged)
      for (const mode of modes) expect(pauseAfterLookMs(judged, run.state(), mode, true), mode.kind).to.equal(250)
      expect(pauseAfterLookMs(judged, run.state(), wait, true)).to.equal(1_000)
    }
  })

  it('is never longer than declared, and the declared one when the provider had no news', () => {
    const run = inDoubt()
    const often = { ...plan, settings: { ...settings, lookMs: 100 } }
    expect(pauseAfterLookMs(often, run.state(), bake, true)).to.equal(100)
    expect(pauseAfterLookMs(plan, run.state(), bake, false)).to.equal(1_000)
  })
})
