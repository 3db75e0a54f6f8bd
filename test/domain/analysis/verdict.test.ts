import { expect } from 'chai'
import { describe, it } from 'mocha'
import { blind, mark, overrule, standingOf } from '../../../domain/analysis/analysis.ts'
import type { AnalysisPlan } from '../../../domain/analysis/analysis.ts'
import { ratios } from '../../../domain/analysis/comparison.ts'
import { evidenceOf } from '../../../domain/analysis/evidence.ts'
import type { Mixture } from '../../../domain/analysis/mixture.ts'
import type { Verdict } from '../../../domain/analysis/verdict.ts'
import { verdict } from '../../../domain/analysis/verdict.ts'
import type { AnalysisMode } from '../../../domain/rollout/rollout.ts'
import type { Behaviour } from './scene.ts'
import { plan, settings, startLooking } from './scene.ts'

const bake: AnalysisMode = { kind: 'bake', minMs: 60_000, maxMs: 600_000 }
const wait: AnalysisMode = { kind: 'wait', forMs: 86_400_000 }
const watch: AnalysisMode = { kind: 'watch', forMs: 300_000 }

type Run = ReturnType<typeof startLooking>
const reached = (run: Run, mode: AnalysisMode = bake, inModeMs = run.atMs(), of: AnalysisPlan = plan): Verdict | null =>
  verdict(of, run.state(), mode, { nowMs: run.atMs(), inModeMs })
const kind = (...args: Parameters<typeof reached>) => reached(...args)?.kind ?? null
const well = { canary: 20, stable: 180 }

describe('a verdict', () => {
  it('is fail when the canary has more errors than the baseline, in every mode', () => {
    const run = startLooking()
    const took = run.traffic(60, { ...well, canaryIs: { errors: 0.25 }, stableIs: { errors: 0.005 } }, () => kind(run) === 'fail')
    expect(took).to.be.below(6)
    for (const mode of [bake, wait, watch]) expect(kind(run, mode)).to.equal('fail')
    expect(reached(run)?.detail).to.match(
      /^\d+\.?\d* % of \d+ requests failed; at the stable version \d+\.?\d* % of \d+ \(E .*, limit 125\)$/,
    )
  })

  it('begins with what users saw, by the strongest metric, followed by the evidence', () => {
    const cases: readonly (readonly [canaryIs: Behaviour, of: AnalysisPlan, detail: RegExp])[] = [
      [{ errors: 0.25 }, plan, /^[\d.]+ % of \d+ requests failed; the stable version had none \(E \d[\d.e]*, limit 125\)$/],
      [{ clientErrors: 1 }, plan, /^[\d.]+ % of \d+ requests were answered 4xx; the stable version had none \(E /],
      [{ hangs: true }, plan, /^[\d.]+ % of \d+ requests took longer than \d+ ms; the stable version had none \(E /],
      [
        { errors: 0.5 },
        { ...plan, stable: null },
        /^[\d.]+ % of \d+ requests failed; no version may have more than 5 % \(guardrail E \d[\d.e]*, limit 667\)$/,
      ],
    ]
    for (const [canaryIs, of, detail] of cases) {
      const run = startLooking(of)
      run.traffic(200, { canary: 20, stable: 180, canaryIs }, () => kind(run, bake, 0, of) !== null)
      expect(reached(run, bake, 0, of)?.detail).to.match(detail)
    }
  })

  it('is fail from the look at which E reaches its limit, and not earlier', () => {
    const alone = { ...plan, stable: null }
    const cases = [
      { of: plan, traffic: { ...well, canaryIs: { errors: 0.04 }, stableIs: { errors: 0.005 } }, limit: 125 },
      { of: alone, traffic: { canary: 20, stable: 0, canaryIs: { errors: 0.1 } }, limit: 1 / (0.15 * 0.01) },
    ]
    for (const { of, traffic, limit } of cases) {
      const before: number[] = []
      const after: number[] = []
      for (let seed = 1; seed <= 20; seed += 1) {
        const run = startLooking(of, seed)
        run.traffic(120, traffic, () => {
          const { logE, guardrail } = evidenceOf(of, run.state())
          const hasFailed = kind(run, bake, 0, of) === 'fail'
          ;(hasFailed ? after : before).push(of.stable === null ? guardrail.canary : logE)
          return hasFailed
        })
      }
      expect(Math.max(...before)).to.be.within(Math.log(limit) - 0.3, Math.log(limit))
      expect(Math.min(...after)).to.be.within(Math.log(limit), Math.log(limit) + 0.3)
    }
  })

  it('is fail by latency when the canary accepts and never answers', () => {
    const run = startLooking()
    const took = run.traffic(60, { ...well, canaryIs: { hangs: true } }, () => kind(run) !== null)
    expect([took <= 3, kind(run)]).to.deep.equal([true, 'fail'])
    expect(reached(run)?.detail).to.contain('took longer than')
  })

  it('is fail by status when the canary answers 401 to everything', () => {
    const run = startLooking()
    const took = run.traffic(60, { ...well, canaryIs: { clientErrors: 1 } }, () => kind(run) !== null)
    expect([took <= 3, kind(run)]).to.deep.equal([true, 'fail'])
    expect(reached(run)?.detail).to.contain('4xx')
  })

  it('is fail by the guardrail without a stable version; while held it is none, because there is no version to revert to', () => {
    const alone = { ...plan, stable: null }
    const run = startLooking(alone)
    run.traffic(60, { canary: 20, stable: 0, canaryIs: { errors: 0.5 } }, () => kind(run, watch, 0, alone) !== null)
    expect(kind(run, watch, 0, alone)).to.equal('fail')
    expect(kind(run, wait, 0, alone)).to.equal(null)
  })

  it('is both-bad when both break the guardrail alike, and not again after a person promoted and the fault is over', () => {
    const run = startLooking()
    const bad = { errors: 0.3 }
    run.traffic(60, { ...well, canaryIs: bad, stableIs: bad }, () => kind(run) !== null)
    expect([kind(run), kind(run, watch, 0), kind(run, wait, 0)]).to.deep.equal(['both-bad', 'both-bad', null])
    run.change((state) => overrule(state, 0))
    expect([kind(run, bake, 0), kind(run, watch, 0)], 'at once').to.deep.equal([null, null])
    run.traffic(60, well)
    expect(kind(run, bake, 0)).to.equal(null)
    run.traffic(60, { ...well, canaryIs: bad, stableIs: bad }, () => kind(run) !== null)
    expect(kind(run), 'when it comes again').to.equal('both-bad')
  })

  it('is both-bad whichever version is proven first: a fail by the guardrail waits while the stable version fails too', () => {
    const guard = { kind: 'guard' } as const
    const endsOf = (healthySeconds: number, stableIs: Behaviour) =>
      Array.from({ length: 60 }, (_, seed) => {
        const run = startLooking(plan, seed)
        run.change((state) => mark(state, run.atMs(), 50))
        run.traffic(healthySeconds, { canary: 10, stable: 10 })
        run.traffic(60, { canary: 10, stable: 10, canaryIs: { errors: 0.3 }, stableIs }, () => kind(run, guard) !== null)
        return kind(run, guard)
      })
    for (const seconds of [2, 120]) {
      const alike = endsOf(seconds, { errors: 0.3 })
      expect(alike.every((end) => end === 'both-bad' || end === 'fail')).to.equal(true)
      // 7 % of 200; without the wait it is 43 %.
      expect(alike.filter((end) => end === 'fail').length, `of 60, alike after ${seconds} s`).to.be.at.most(8)
      expect(new Set(endsOf(seconds, { errors: 0.005 })), 'the canary alone').to.have.all.keys('fail')
    }
  })

  it('is fail by the guardrail in the watch, whatever errors the stable version had before it lost its traffic', () => {
    const run = startLooking()
    run.change((state) => mark(state, run.atMs(), 50))
    const { limit } = evidenceOf(plan, run.state()).guardrail
    run.traffic(20, { canary: 2, stable: 2, stableIs: { errors: 0.6 } }, () => evidenceOf(plan, run.state()).guardrail.stable > 0)
    expect(evidenceOf(plan, run.state()).guardrail.stable).to.be.within(0, limit)
    run.change((state) => mark(state, run.atMs(), 100))
    run.traffic(200, { canary: 2, stable: 0, canaryIs: { errors: 0.3 } }, () => kind(run, watch, 0) !== null)
    expect(kind(run, watch, 0)).to.equal('fail')
    expect(evidenceOf(plan, run.state()).guardrail.canary, 'at once').to.be.below(2 * limit)
  })

  it('is fail by the guardrail while a person is waited for, where there is a stable version to revert to', () => {
    // Ten times as bad is tolerated, so that the comparison says nothing.
    const tolerant = { ...plan, settings: { ...settings, h0: 10, margin: 20 } }
    const run = startLooking(tolerant)
    const traffic = { canary: 20, stable: 180, canaryIs: { errors: 0.3 }, stableIs: { errors: 0.035 } }
    run.traffic(60, traffic, () => kind(run, wait, 0, tolerant) !== null)
    expect(reached(run, wait, 0, tolerant)).to.deep.include({ kind: 'fail' })
    expect(reached(run, wait, 0, tolerant)?.detail).to.include('no version may have more than 5 %')
  })

  it('is fail by the guardrail, both-bad or nothing yet, by how strong the evidence on both sides is', () => {
    const { limit } = evidenceOf(plan, startLooking().state()).guardrail
    const at = (log: number): Mixture => ({ starts: 1, fresh: true, logs: ratios.map(() => log) })
    // Of the stable version: evidence in limits, and the errors of 100 requests, of which 5 are allowed.
    const rows: readonly (readonly [canary: number, stable: number, errors: number, weight: number, end: string | null])[] = [
      [0.9, -1, 0, 10, null],
      [1.1, -1, 0, 10, 'fail'],
      [1.1, -1, 5, 10, 'fail'],
      [1.1, -1, 6, 10, null],
      [1.1, 0.1, 0, 10, null],
      [3.9, 0.9, 6, 10, null],
      [4.1, 0.9, 6, 10, 'fail'],
      [4.1, 1.1, 6, 10, 'both-bad'],
      [1.1, 1.1, 0, 10, 'both-bad'],
      [0.9, 1.1, 50, 10, null],
      [1.1, 0.9, 50, 99, null],
      [1.1, 0.9, 50, 100, 'fail'],
    ]
    const run = startLooking()
    const before = run.state()
    for (const [canary, stable, errors, weightPercent, end] of rows) {
      run.change(() => ({
        ...before,
        weightPercent,
        split: { canary: 0, total: 0 },
        guardrail: { canary: at(canary * limit), stable: at(stable * limit) },
        channels: before.channels.map((one) => ({ ...one, total: { a: 0, n: 100, b: errors, m: 100 } })),
      }))
      expect(kind(run, bake, 0), `${canary} against ${stable} with ${errors} errors at ${weightPercent} %`).to.equal(end)
    }
  })

  it('is nothing where the stable version alone breaks the guardrail: the canary may be its mending', () => {
    const run = startLooking()
    run.traffic(60, { ...well, stableIs: { errors: 0.5 } })
    const { guardrail } = evidenceOf(plan, run.state())
    expect([guardrail.stable > guardrail.limit, guardrail.canary < guardrail.limit]).to.deep.equal([true, true])
    expect([kind(run, bake, 0), kind(run, watch, 0), kind(run, wait, 0)]).to.deep.equal([null, null, null])
    expect(kind(run)).to.equal('pass')
  })

  it('is split-broken when the traffic does not split by the weights', () => {
    const run = startLooking()
    run.traffic(60, { canary: 100, stable: 100 }, () => kind(run) !== null)
    expect([kind(run), kind(run, wait, 0)]).to.deep.equal(['split-broken', null])
    run.change((state) => overrule(state, 0))
    expect(kind(run, bake, 0), 'once a person has gone on').to.equal(null)
  })

  it('is pass when this step shows every objective to be good, never before bake.min or the timeout of a request', () => {
    const run = startLooking()
    run.traffic(40, well)
    expect(kind(run, bake, 59_000)).to.equal(null)
    expect(kind(run, bake, 60_000)).to.equal('pass')
    run.change((state) => mark(state, run.atMs(), 50))
    run.traffic(14, { canary: 100, stable: 100 })
    expect(kind(run, bake, 60_000)).to.equal(null)
    run.traffic(2, { canary: 100, stable: 100 })
    expect(kind(run, bake, 60_000)).to.equal('pass')
  })

  it('is pass for a canary that is not inferior to a stable version that misses the objective', () => {
    const run = startLooking()
    const took = run.traffic(400, { ...well, canaryIs: { errors: 0.02 }, stableIs: { errors: 0.02 } }, () => kind(run) !== null)
    expect([kind(run), took > 40]).to.deep.equal(['pass', true])
    expect(reached(run)?.detail).to.contain('errors: ').and.to.contain('not inferior')
  })

  it('is inconclusive at bake.max when nothing was shown, and never a pass', () => {
    const run = startLooking()
    run.traffic(20, { canary: 1, stable: 9 })
    expect(kind(run, bake, 599_000)).to.equal(null)
    expect(kind(run, bake, 600_000)).to.equal('inconclusive')
    const blunt = { ...plan, settings: { ...settings, metrics: [{ kind: 'errors', share: 1, dryRun: true } as const] } }
    const other = startLooking(blunt)
    other.traffic(60, well)
    expect(kind(other, bake, 600_000, blunt)).to.equal('inconclusive')
  })

  it('is idle at bake.max without requests; until then the weight stays and the release shows as idle', () => {
    const run = startLooking()
    run.traffic(121, { canary: 0, stable: 2 })
    expect([kind(run), standingOf(plan, run.state(), run.atMs())]).to.deep.equal([null, 'idle'])
    expect(kind(run, bake, 600_000)).to.equal('idle')
  })

  it('is blind after maxBlind; until then nothing passes, no watch ends, and one answer ends the blind time', () => {
    const run = startLooking()
    run.traffic(60, well)
    run.change((state) => blind(state, run.atMs()))
    const after = (ms: number, mode: AnalysisMode) =>
      verdict(plan, run.state(), mode, { nowMs: run.atMs() + ms, inModeMs: 300_000 })?.kind ?? null
    expect([after(599_000, bake), after(599_000, watch)]).to.deep.equal([null, null])
    for (const mode of [bake, watch, wait]) expect(after(600_000, mode)).to.equal('blind')
    const alone = { ...plan, stable: null }
    const held = { nowMs: run.atMs() + 600_000, inModeMs: 300_000 }
    expect(verdict(alone, run.state(), wait, held), 'held already, without a version to revert to').to.equal(null)
    run.traffic(1, well)
    expect(after(0, watch)).to.equal('over')
  })

  it('can be a bad one beside a hook, and neither pass nor over', () => {
    const run = startLooking()
    run.traffic(60, well)
    expect(kind(run, { kind: 'guard' }, 86_400_000)).to.equal(null)
    run.traffic(60, { ...well, canaryIs: { errors: 0.5 } }, () => kind(run, { kind: 'guard' }) !== null)
    expect(kind(run, { kind: 'guard' })).to.equal('fail')
  })

  it('can only be a revert beside a change of weight: a hold waits for the next weight', () => {
    const run = startLooking()
    run.traffic(60, well)
    expect(kind(run, { kind: 'shift' }, 86_400_000)).to.equal(null)
    run.traffic(60, { ...well, canaryIs: { errors: 0.5 } }, () => kind(run, { kind: 'shift' }) !== null)
    expect(kind(run, { kind: 'shift' })).to.equal('fail')
    const both = startLooking()
    both.traffic(60, { ...well, canaryIs: { errors: 0.5 }, stableIs: { errors: 0.5 } })
    expect([kind(both, { kind: 'guard' }), kind(both, { kind: 'shift' })]).to.deep.equal(['both-bad', null])
  })

  it('is blind by the time since the provider fell silent, whatever the clock says, and without a stable version too', () => {
    const run = startLooking()
    run.traffic(60, well)
    const epochMs = 1_800_000_000_000
    const alone = { ...plan, stable: null }
    expect(verdict(plan, run.state(), wait, { nowMs: epochMs, inModeMs: 0 }), 'it is not blind').to.equal(null)
    run.change((state) => blind(state, epochMs))
    const now = { nowMs: epochMs + 600_000, inModeMs: 0 }
    for (const [of, mode] of [
      [plan, wait],
      [alone, bake],
      [alone, watch],
    ] as const)
      expect(verdict(of, run.state(), mode, now)).to.deep.include({
        kind: 'blind',
        detail: 'the metrics provider has had no counters of the canary for 600 s',
      })
  })

  it('is pass from the reading on in which the slowest request of the step is counted', () => {
    const run = startLooking()
    run.traffic(60, well)
    const before = run.state()
    const atMs = (before.markAtMs ?? 0) + plan.requestTimeoutMs
    run.change(() => ({ ...before, lastCountedAtMs: atMs - 1 }))
    expect(kind(run)).to.equal(null)
    run.change(() => ({ ...before, lastCountedAtMs: atMs }))
    expect(kind(run)).to.equal('pass')
  })

  it('is no pass while most of the sticky clients of the canary fail, and most of the others do not', () => {
    const run = startLooking()
    run.traffic(60, well)
    const before = run.state()
    const failing = (bad: number, stableBad: number) =>
      run.change(() => ({
        ...before,
        byClients: true,
        channels: before.channels.map((one, i) => {
          const now = { canary: { bad, total: 10 }, stable: { bad: stableBad, total: 90 } }
          return i === 0 ? { ...one, failing: { ...one.failing, now } } : one
        }),
      }))
    failing(6, 0)
    expect([kind(run), kind(run, bake, 600_000)]).to.deep.equal([null, 'inconclusive'])
    failing(5, 0)
    expect(kind(run)).to.equal('pass')
    failing(6, 46)
    expect(kind(run), 'at both').to.equal('pass')
  })

  it('says for how long nobody decided, nobody asked, and what a watch has seen', () => {
    const run = startLooking()
    run.traffic(60, well)
    expect(reached(run, wait, 86_400_000)?.detail).to.equal('no person decided in 86400 s')
    expect(reached(run, watch, 300_000)?.detail).to.not.include('decided')
    run.traffic(121, { canary: 0, stable: 2 })
    run.change((state) => ({
      ...state,
      channels: state.channels.map((one) => ({ ...one, mirror: [], step: { a: 0, n: 0, b: 0, m: 0 } })),
    }))
    expect(reached(run, bake, 600_000)?.detail).to.equal('no request has reached the canary for 121 s')
  })

  it('is over at the end of a wait or a watch', () => {
    const run = startLooking()
    run.traffic(5, well)
    expect([kind(run, wait, 86_400_000), kind(run, watch, 300_000), kind(run, watch, 299_999)]).to.deep.equal([
      'over',
      'over',
      null,
    ])
  })

  it('carries its evidence as JSON', () => {
    const run = startLooking()
    run.traffic(60, well)
    const evidence = reached(run)?.evidence
    expect(JSON.parse(JSON.stringify(evidence))).to.deep.equal(evidence)
    expect(evidence?.channels.map(({ id }) => id)).to.deep.equal(['errors', '4xx', 'latency 100 ms', 'latency 500 ms'])
  })
})
