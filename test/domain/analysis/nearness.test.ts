import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { AnalysisPlan } from '../../../domain/analysis/analysis.ts'
import type { Nearness } from '../../../domain/analysis/nearness.ts'
import { nearnessOf } from '../../../domain/analysis/nearness.ts'
import { verdict } from '../../../domain/analysis/verdict.ts'
import type { AnalysisMode } from '../../../domain/rollout/rollout.ts'
import { plan, startLooking } from './scene.ts'

const bake: Extract<AnalysisMode, { kind: 'bake' }> = { kind: 'bake', minMs: 10_000, maxMs: 1_800_000 }
const good = { canary: 5, stable: 45 }

type Run = ReturnType<typeof startLooking>
const near = (run: Run, mode: AnalysisMode = bake, of: AnalysisPlan = plan, inModeMs = run.atMs()): Nearness | null =>
  nearnessOf(of, run.state(), mode, { nowMs: run.atMs(), inModeMs })

/** A new step of a version after its warm-up. */
function startStep(): Run {
  const run = startLooking()
  run.change((state) => ({
    ...state,
    markAtMs: run.atMs(),
    weightPercent: 10,
    channels: state.channels.map((one) => ({ ...one, mirror: [], step: { a: 0, n: 0, b: 0, m: 0 } })),
  }))
  return run
}

describe('what a pass still needs', () => {
  it('is stated for each open metric, with the remaining time, at any moment', () => {
    for (const seconds of [20, 40, 60, 80]) {
      const run = startStep()
      run.traffic(seconds, good)
      const nearness = near(run)
      expect(nearness?.text).to.match(
        /^errors: at most \d+\.?\d* %, needs 1 %: (?:about \d+ s|a few seconds) to go(?:; latency 500 ms: .* to go)?$/,
      )
      // 473 requests without an error show 1 %: 95 s at five a second.
      expect(nearness?.toGoMs).to.be.closeTo((95 - seconds) * 1_000, 2_000)
      const isPassed = () => verdict(plan, run.state(), bake, { nowMs: run.atMs(), inModeMs: run.atMs() })?.kind === 'pass'
      expect(run.traffic(200, good, isPassed)).to.be.closeTo(95 - seconds, 2)
      expect(near(run)?.text).to.equal('everything is shown good: a few seconds to go')
    }
  })

  it('includes the shortest bake and the slowest request of the step', () => {
    const run = startStep()
    run.traffic(5, { canary: 500, stable: 500 })
    expect(near(run)?.toGoMs, 'a request may take 15 s').to.equal(10_000)
    const late = near(run, { ...bake, minMs: 100_000 }, plan, 40_000)
    expect(late).to.deep.equal({ toGoMs: 60_000, text: 'everything is shown good: about 60 s to go' })
  })

  it('says when a pass is not expected within the bake', () => {
    const run = startStep()
    run.traffic(60, { ...good, canaryIs: { errors: 0.02 }, stableIs: { errors: 0.02 } })
    const nearness = near(run, { ...bake, maxMs: run.atMs() + 60_000 })
    expect(nearness?.toGoMs).to.equal(null)
    expect(nearness?.text).to.match(/^errors: at most .* %, needs 1 %: not within the 60 s left/)
  })

  it('is not stated when no pass is awaited, while the analysis is blind, or before the first counts', () => {
    const run = startStep()
    expect(near(run)).to.equal(null)
    run.traffic(5, good)
    for (const mode of [{ kind: 'watch', forMs: 1 }, { kind: 'wait', forMs: 1 }, { kind: 'guard' }] as const)
      expect(near(run, mode)).to.equal(null)
    run.change((state) => ({ ...state, blindSinceMs: run.atMs() }))
    expect(near(run)).to.equal(null)
  })

  const spans: readonly (readonly [leftMs: number, text: string])[] = [
    [9_000, '9 s'],
    [9_999, '10 s'],
    [10_000, '10 s'],
    [64_000, '60 s'],
    [119_000, '120 s'],
    [120_000, '2 min'],
    [7_199_000, '120 min'],
    [7_200_000, '2 h'],
    [86_400_000, '24 h'],
  ]
  for (const [leftMs, text] of spans)
    it(`is as exact as an estimate is: ${text} for ${leftMs} ms`, () => {
      const run = startStep()
      run.traffic(5, { canary: 20, stable: 20, canaryIs: { errors: 1 }, stableIs: { errors: 0 } })
      expect(near(run, { ...bake, maxMs: run.atMs() + leftMs })?.text).to.include(`not within the ${text} left`)
    })

  it('is a few seconds below ten, and a number from there on', () => {
    const run = startStep()
    run.traffic(5, { canary: 500, stable: 500 })
    const text = (leftMs: number) =>
      near(run, { ...bake, minMs: leftMs + 100_000 }, { ...plan, requestTimeoutMs: 0 }, 100_000)?.text
    expect(text(9_999)).to.include('a few seconds')
    expect(text(10_000)).to.include('about 10 s')
  })

  it('is no time while a metric with a share has no data, whatever else is shown good', () => {
    const orders = { kind: 'query', name: 'orders', bad: 'bad', total: 'total', share: 0.5, dryRun: false } as const
    const of: AnalysisPlan = {
      ...plan,
      settings: { ...plan.settings, metrics: [{ kind: 'errors', share: 0.5, dryRun: false }, orders] },
    }
    const run = startStep()
    const missing = { 'query orders': { of: 'canary', why: 'none' } } as const
    run.traffic(5, good)
    run.change((state) => ({ ...state, missing }))
    expect(near(run, bake, of)?.toGoMs, 'errors are open').to.equal(null)
    run.traffic(10, { canary: 500, stable: 500 })
    run.change((state) => ({ ...state, missing }))
    expect(near(run, bake, of)).to.deep.equal({
      toGoMs: null,
      text: 'everything counted is shown good, but nothing passes without the metric that has no data',
    })
  })

  it('is no time before a weight, a beginning and a reading are known', () => {
    for (const member of ['markAtMs', 'begunAtMs', 'lastCountedAtMs'] as const) {
      const run = startStep()
      run.traffic(5, good)
      run.change((state) => ({ ...state, [member]: null }))
      expect(near(run), member).to.equal(null)
    }
  })
})
