import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { AnalysisPlan } from '../../../domain/analysis/analysis.ts'
import type { Channel } from '../../../domain/analysis/channels.ts'
import { channelsOf } from '../../../domain/analysis/channels.ts'
import type { Nearness } from '../../../domain/analysis/nearness.ts'
import { nearnessOf } from '../../../domain/analysis/nearness.ts'
import type { Pair } from '../../../domain/analysis/comparison.ts'
import { secondsToShow } from '../../../domain/analysis/time-to-show.ts'
import { verdict } from '../../../domain/analysis/verdict.ts'
import type { AnalysisMode } from '../../../domain/rollout/rollout.ts'
import { evenly, plan, startLooking } from './scene.ts'

const bake: Extract<AnalysisMode, { kind: 'bake' }> = { kind: 'bake', minMs: 10_000, maxMs: 1_800_000 }
const onlyErrors = [{ kind: 'errors', share: 1, dryRun: false }] as const
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

  it('is judged from the end of the warm-up on, and not from the beginning', () => {
    const run = startLooking({ ...plan, settings: { ...plan.settings, metrics: onlyErrors } })
    run.traffic(9, good)
    const begunMs = run.state().begunAtMs ?? expect.fail('not begun')
    const counted = run.state().channels[0]?.step.n ?? expect.fail('no counts')
    const countedMs = run.atMs() - begunMs - plan.settings.warmUpMs
    const toGoMs = 473 / (counted / countedMs) - countedMs
    expect(near(run, bake, { ...plan, settings: { ...plan.settings, metrics: onlyErrors } })?.toGoMs).to.be.closeTo(toGoMs, 1_000)
  })

  /** A step that has counted for 40 s: `steps` by channel. */
  function counted(steps: Readonly<Record<number, Pair>>): Run {
    const run = startStep()
    run.change((state) => ({
      ...state,
      lastCountedAtMs: run.atMs() + 40_000,
      channels: state.channels.map((one, i) => ({ ...one, step: steps[i] ?? one.step })),
    }))
    return run
  }
  const [errors, latency] = [0, 3]

  it('is the longest time of all open metrics, and none while one of them is not expected within the bake', () => {
    const run = counted({ [errors]: { a: 0, n: 200, b: 0, m: 1_800 }, [latency]: { a: 5, n: 200, b: 45, m: 1_800 } })
    const within = (maxMs: number) => near(run, { ...bake, maxMs }, plan, 0)
    // Errors need 95 s at these rates, and the slow requests 116 s.
    const all = within(1_800_000)
    expect(all?.toGoMs).to.be.closeTo(76_000, 500)
    expect(all?.text).to.match(/^errors: .*: about 50 s to go; latency 500 ms: .*: about 80 s to go$/)
    const some = within(60_000)
    expect(some?.toGoMs).to.equal(null)
    expect(some?.text).to.match(/^errors: .*: about 50 s to go; latency 500 ms: .*: not within the 60 s left$/)
  })

  it('follows the rates of both versions where the new one has to be shown not inferior', () => {
    const run = counted({ [errors]: { a: 8, n: 400, b: 36, m: 1_800 }, [latency]: { a: 0, n: 400, b: 0, m: 1_800 } })
    const channel = channelsOf(plan.settings.metrics, plan.objective)[errors] as Channel
    const seconds = secondsToShow(plan, channel, evenly(), { a: 0.2, n: 10, b: 0.9, m: 45 }, 1_040) ?? expect.fail('no time')
    expect(seconds).to.be.within(340, 355)
    expect(near(run, { ...bake, maxMs: 1_000_000 }, plan, 0)?.toGoMs).to.equal(1_000 * seconds - 40_000)
  })

  it('is no time while most of the sticky clients of the canary fail, whatever else is shown good', () => {
    const run = startStep()
    run.traffic(60, { canary: 500, stable: 500 })
    const now = { canary: { bad: 6, total: 10 }, stable: { bad: 1, total: 90 } }
    run.change((state) => ({
      ...state,
      byClients: true,
      channels: state.channels.map((one, i) => (i === 3 ? { ...one, failing: { ...one.failing, now } } : one)),
    }))
    expect(near(run)).to.deep.equal({
      toGoMs: null,
      text: 'nothing passes while 6 of the 10 returning clients on the canary wait longer than 500 ms now; 1 of 90 on the stable version',
    })
  })
})
