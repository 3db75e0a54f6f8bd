import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import type { AnalysisState } from '../../../domain/analysis/analysis.ts'
import { beginAnalysis, blind, mark } from '../../../domain/analysis/analysis.ts'
import { foldErrors, foldMirror } from '../../../domain/analysis/comparison.ts'
import { evidenceOf } from '../../../domain/analysis/evidence.ts'
import { foldGuardrail, guardrailAt } from '../../../domain/analysis/guardrail.ts'
import { look } from '../../../domain/analysis/look.ts'
import { beginMixture } from '../../../domain/analysis/mixture.ts'
import { createScene, evenly, plan, startLooking } from './scene.ts'

const well = { canary: 20, stable: 180 }
const worse = { ...well, canaryIs: { errors: 0.02 }, stableIs: { errors: 0.01 } }
const json = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T
const tests = ({ channels }: AnalysisState) => channels.map(({ test }) => test)

describe('a look', () => {
  it('counts what is new since the last one, and records it', () => {
    const run = startLooking()
    run.traffic(3, { ...well, canaryIs: { errors: 1 } })
    const row = run.rows.at(-1)
    expect(row?.canary).to.deep.equal({ bad: 20, total: 20 })
    expect(row?.stable).to.deep.equal({ bad: 0, total: 180 })
    expect([row?.note, row?.weightPercent]).to.deep.equal([null, 10])
    expect(row?.logE).to.be.above(row?.logLimit ?? Infinity)
  })

  it('divides the counts of each channel by its phi, and judges by the declared h0, margin and guardrail', () => {
    const of = { ...plan, settings: { ...plan.settings, warmUpMs: 0, h0: 1.3, margin: 2, maxErrorRate: 0.1 } }
    const phis = { errors: 4, '4xx': 2, 'latency 100 ms': 3, 'latency 500 ms': 5 }
    const measured = Object.entries(phis).map(
      ([id, phi]) => [id, { phi, measured: phi, pairs: 100, basis: 'two-halves' }] as const,
    )
    const scene = createScene()
    let state = mark(beginAnalysis(of, Object.fromEntries(measured)), 0, 10)
    for (const atMs of [1_000, 2_000]) {
      scene.add('new', 'new-1', 200, { errors: 0.3, clientErrors: 0.2, slow: 0.3 })
      scene.add('old', 'old-1', 800, { errors: 0.1, clientErrors: 0.1, slow: 0.1 })
      state = look(of, state, scene.counters(atMs)).state
    }
    Object.values(phis).forEach((phi, i) => {
      const { test, mirror, total } = state.channels[i] ?? expect.fail(`no channel ${i}`)
      expect(total.a * total.b, 'something to compare').to.be.above(0)
      expect(test).to.deep.equal(foldErrors(beginMixture(), total, 1.3, phi))
      if (mirror.length > 0) expect(mirror).to.deep.equal(foldMirror([], total, 2, phi))
    })
    expect(state.channels.map(({ mirror }) => mirror.length > 0)).to.deep.equal([true, false, false, true])
    for (const side of ['canary', 'stable'] as const) {
      const { bad, total } = state.total[side]
      expect(state.guardrail[side]).to.deep.equal(foldGuardrail(beginMixture(), guardrailAt(0.1), bad, total, 4))
    }
  })

  it('is discarded during the warm-up, and counting starts from the first counters', () => {
    const run = startLooking()
    const notes = run.rows.map(({ note }) => note)
    expect(notes.slice(0, 3)).to.deep.equal(['first-reading', 'warm-up', 'warm-up'])
    expect(run.state().looks).to.equal(notes.filter((note) => note === null).length)
    run.traffic(1, well)
    expect(run.rows.at(-1)?.note).to.equal(null)
  })

  it('is discarded when it contains a change of weight; evidence and its capital stay, and the step starts anew', () => {
    const run = startLooking()
    run.traffic(60, worse)
    const before = run.state()
    run.change((state) => mark(state, run.atMs() + 500, 50))
    run.traffic(1, { ...worse, canary: 500 })
    expect(run.rows.at(-1)?.note).to.equal('mark')
    expect(tests(run.state())).to.deep.equal(tests(before))
    expect(run.state().channels.every(({ step, mirror }) => step.n === 0 && mirror.length === 0)).to.equal(true)
    run.traffic(1, { canary: 100, stable: 100 })
    expect(run.rows.at(-1)?.note).to.equal(null)
  })

  it('keeps its evidence through every pause, extension, blind time and repeated mark', () => {
    const run = startLooking()
    run.traffic(60, worse)
    const before = tests(run.state())
    run.change((state) => blind(state, run.atMs()))
    run.change((state) => mark(mark(state, run.atMs(), 50), run.atMs(), 50))
    run.change(json)
    expect(tests(run.state())).to.deep.equal(before)
  })

  it('is discarded when it is longer than 5 s and the split moved meanwhile, and only then', () => {
    const run = startLooking()
    run.traffic(30, well)
    const later = (canary: number, stable: number) => {
      run.scene.add('new', 'new-1', canary)
      run.scene.add('old', 'old-1', stable)
      return run.look(20_000).note
    }
    expect([later(400, 3_600), later(1_500, 2_500)]).to.deep.equal([null, 'split-moved'])
  })

  it('is discarded at a change of weight as soon as the split moved, however short it is', () => {
    const run = startLooking()
    run.traffic(30, well)
    const later = (canary: number, stable: number) => {
      run.scene.add('new', 'new-1', canary)
      run.scene.add('old', 'old-1', stable)
      const counters = run.scene.counters(run.atMs() + 1_000)
      return [false, true].map((isShifting) => look(plan, run.state(), counters, isShifting).row.note)
    }
    expect(later(20, 180)).to.deep.equal([null, null])
    expect(later(100, 100)).to.deep.equal([null, 'split-moved'])
  })

  const moved: readonly (readonly [arrived: number, ms: number, note: string | null])[] = [
    [71, 5_001, null],
    [72, 5_001, 'split-moved'],
    [72, 5_000, null],
    [29, 5_001, null],
    [28, 5_001, 'split-moved'],
  ]
  for (const [arrived, ms, note] of moved)
    it(`${note === null ? 'counts' : 'is discarded'} with ${arrived} of 100 requests at a weight of 50 % after ${ms} ms`, () => {
      const run = startLooking()
      run.change((state) => ({ ...state, weightPercent: 50, split: { canary: 0, total: 0 } }))
      run.scene.add('new', 'new-1', arrived)
      run.scene.add('old', 'old-1', 100 - arrived)
      // Four standard deviations of 5 requests, and one request.
      expect(run.look(ms).note).to.equal(note)
    })

  it('counts from a change of weight and from the end of the warm-up on, both included, and not before the first weight', () => {
    const note = (state: AnalysisState, atMs: number) => look(plan, state, createScene().counters(atMs)).row.note
    const begun = (fromMs: number, markAtMs: number): AnalysisState => ({
      ...mark(beginAnalysis(plan, evenly()), 5_000, 10),
      markAtMs,
      lastCountedAtMs: fromMs,
    })
    const isTorn = 'torn'
    expect([19_999, 20_000].map((fromMs) => note(begun(fromMs, 5_000), 60_000))).to.deep.equal(['warm-up', isTorn])
    expect([39_999, 40_000].map((fromMs) => note(begun(fromMs, 40_000), 60_000))).to.deep.equal(['mark', isTorn])
    expect(note({ ...beginAnalysis(plan, evenly()), lastCountedAtMs: 30_000 }, 60_000)).to.equal('mark')
  })

  it('remembers when the canary was last asked: by requests that arrived or were answered, and not by its first reading', () => {
    const at = (entered: number, requests: number, from: Partial<AnalysisState> = {}) => {
      const state = { ...mark(beginAnalysis(plan, evenly()), 0, 10), lastCountedAtMs: 20_000, ...from }
      const edges = [100, 500].map((edgeMs) => ({ edgeMs, entered, slow: 0 }))
      const canary = { revision: 'new', replica: 'new-1', requests, errors: 0, statuses: {}, edges }
      return look(plan, state, { atMs: 30_000, replicas: [canary] }).state.lastRequestAtMs
    }
    expect([at(1, 0), at(0, 1), at(7, 7)]).to.deep.equal([30_000, 30_000, 30_000])
    expect([at(0, 0), at(7, 7, { lastCountedAtMs: null })]).to.deep.equal([0, 0])
  })

  it('guards errors, wherever they are declared', () => {
    const metrics = [plan.settings.metrics[1], plan.settings.metrics[0]].flatMap((one) => (one ? [one] : []))
    const of = { ...plan, settings: { ...plan.settings, metrics } }
    const run = startLooking(of)
    const before = run.state().guardrail.canary
    run.traffic(1, { ...well, canaryIs: { errors: 1 } })
    expect(run.state().guardrail.canary).to.deep.equal(foldGuardrail(before, guardrailAt(0.05), 20, 20, 1))
  })

  it('adds nothing of the stable version when it is torn, and all of the canary', () => {
    const run = startLooking()
    const before = run.state().channels[0]?.total ?? expect.fail('no counts')
    run.scene.remove('old-1')
    run.scene.add('new', 'new-1', 20, { errors: 1 })
    expect(run.look().note).to.equal('torn')
    expect(run.state().channels[0]?.total).to.deep.equal({ ...before, a: before.a + 20, n: before.n + 20 })
  })

  it('changes nothing without newer counters', () => {
    const run = startLooking()
    run.traffic(5, well)
    const before = run.state()
    expect([run.look(0).note, run.state()]).to.deep.equal(['no-news', before])
  })

  it('counts a new replica from 0, and a replica of another revision not at all', () => {
    const run = startLooking()
    run.scene.add('new', 'new-2', 7)
    run.scene.add('else', 'else-1', 1_000)
    expect(run.look().canary.total).to.equal(7)
  })

  it('does not count a lost replica twice when it returns', () => {
    const scene = createScene()
    let state = mark(beginAnalysis(plan, evenly()), 0, 10)
    const seen = (atMs: number, isThere: boolean) => {
      scene.add('new', 'new-1', 20)
      scene.add('old', 'old-1', 180)
      const { replicas } = scene.counters(atMs)
      const looked = look(plan, state, { atMs, replicas: isThere ? replicas : replicas.slice(0, 1) })
      state = looked.state
      return [looked.row.note, state.total.stable.total]
    }
    const there = [true, true, false, false, true, true]
    expect(there.map((isThere, i) => seen(20_000 + i * 1_000, isThere))).to.deep.equal([
      ['first-reading', 0],
      [null, 180],
      ['torn', 180],
      ['torn', 180],
      ['torn', 180],
      [null, 360],
    ])
  })

  it('does not compare when a counter of the stable version fell, and continues from there', () => {
    const run = startLooking()
    run.traffic(5, well)
    const before = tests(run.state())
    run.scene.remove('old-1')
    run.scene.add('old', 'old-1', 50, { errors: 1 })
    expect([run.look().note, tests(run.state())]).to.deep.equal(['torn', before])
    run.scene.add('old', 'old-1', 50)
    expect([run.look().note, run.rows.at(-1)?.stable.total]).to.deep.equal([null, 50])
  })

  it('says when counters of the canary fall again and again, because counts are lost each time', () => {
    const run = startLooking()
    for (let i = 1; i <= 3; i += 1) {
      run.scene.remove('new-1')
      run.traffic(1, { canary: 5, stable: 45 })
      expect(evidenceOf(plan, run.state()).cautions.length, `after ${i}`).to.equal(i < 3 ? 0 : 1)
      run.traffic(2, { canary: 20, stable: 180 })
    }
    expect(evidenceOf(plan, run.state()).cautions[0]).to.include('went backwards 3 times')
  })

  it('does not judge the split without counters of the stable version, and still guards the canary', () => {
    const run = startLooking()
    run.traffic(5, well)
    const { split, total } = run.state()
    run.scene.remove('old-1')
    for (let i = 0; i < 10; i += 1) {
      run.scene.add('new', 'new-1', 400, { errors: 1 })
      expect(run.look(20_000).note).to.equal('torn')
    }
    expect([run.state().split, run.state().total.stable]).to.deep.equal([split, total.stable])
    expect(run.rows.at(-1)?.guardrail.canary).to.be.above(run.rows.at(-1)?.guardrail.limit ?? Infinity)
  })

  it('waits for all replicas when each is sampled at its own time, and then counts the same stretch of all', () => {
    let state = mark(beginAnalysis(plan, evenly()), 0, 10)
    // Scrapes of the canary at 0, 15, 30 s and of the stable version at 5, 20, 35 s: one and nine requests a second.
    const sampled = (revision: string, atMs: number) => ({
      ...{ revision, replica: `${revision}-1`, errors: 0, statuses: {}, edges: [] },
      ...{ requests: ((revision === 'new' ? 1 : 9) * atMs) / 1_000, sampledAtMs: atMs },
    })
    const seen = (...replicas: ReturnType<typeof sampled>[]) => {
      const atMs = Math.min(...replicas.map((replica) => replica.sampledAtMs))
      const { state: after, row } = look(plan, state, { atMs, replicas })
      state = after
      return [row.note, row.canary.total, row.stable.total]
    }
    const at = (canaryMs: number, stableMs: number) => seen(sampled('new', canaryMs), sampled('old', stableMs))
    expect(at(100_000, 105_000)).to.deep.equal(['first-reading', 0, 0])
    expect(at(115_000, 105_000)).to.deep.equal(['no-news', 0, 0])
    expect(at(115_000, 120_000)).to.deep.equal([null, 15, 135])
    state = json(state)
    expect(at(115_000, 135_000)).to.deep.equal(['no-news', 0, 0])
    expect(at(130_000, 135_000)).to.deep.equal([null, 15, 135])
    // It does not wait for a replica that is gone.
    expect(seen(sampled('new', 145_000))).to.deep.equal(['torn', 15, 0])
  })

  it('counts an old replica from its first look on, and not its whole past', () => {
    const run = startLooking()
    run.scene.add('old', 'old-2', 100_000)
    const counters = run.scene.counters(run.atMs() + 1_000)
    const replicas = counters.replicas.map((one) => (one.replica === 'old-2' ? { ...one, isOld: true } : one))
    const { row, state } = look(plan, run.state(), { ...counters, replicas })
    expect([row.note, row.stable.total]).to.deep.equal([null, 0])
    run.change(() => state)
    run.scene.add('old', 'old-2', 30)
    run.look(2_000)
    expect(run.rows.at(-1)?.stable.total).to.equal(30)
  })

  it('judges the split once no request from before the mark can be answered, if requests are counted at their answers', () => {
    const edges = { kind: 'latency', edgesMs: [100, 7_000], share: 1, dryRun: false } as const
    for (const [atAnswers, settledMs] of [
      [{}, 1_000],
      [{ atAnswers: false }, 1_000],
      [{ atAnswers: true }, plan.requestTimeoutMs],
    ] as const) {
      const of = { ...plan, settings: { ...plan.settings, warmUpMs: 0, metrics: [edges] } }
      const scene = createScene()
      let state = mark(beginAnalysis(of, evenly(of)), 0, 10)
      const firstMs = Array.from({ length: 20 }, (_, second) => second * 1_000).find((atMs) => {
        scene.add('new', 'new-1', 20)
        scene.add('old', 'old-1', 180)
        state = look(of, state, { ...scene.counters(atMs), ...atAnswers }).state
        return state.split.total > 0
      })
      expect(firstMs).to.equal(settledMs + 1_000)
    }
  })

  it('still detects a canary that crashes again and again, with a new process each time', () => {
    const run = startLooking()
    for (let i = 0; i < 6; i += 1) {
      run.scene.remove(i === 0 ? 'new-1' : `crashing-${i - 1}`)
      run.scene.add('new', `crashing-${i}`, 20, { errors: 0.6 })
      run.scene.add('old', 'old-1', 180)
      run.look()
    }
    expect(run.rows.at(-1)?.logE).to.be.above(run.rows.at(-1)?.logLimit ?? Infinity)
  })
})

describe('the state of an analysis', () => {
  it('has the same results after a round trip through JSON at any look', () => {
    const traffic = fc.record({ canary: fc.nat(40), stable: fc.nat(200), errors: fc.double({ min: 0, max: 0.3, noNaN: true }) })
    const property = fc.property(fc.array(traffic, { maxLength: 15 }), fc.nat(1_000), (seconds, seed) => {
      const scene = createScene(seed)
      let state = mark(beginAnalysis(plan, evenly()), 0, 10)
      let copy = json(state)
      seconds.forEach(({ canary, stable, errors }, i) => {
        scene.add('new', 'new-1', canary, { errors })
        scene.add('old', 'old-1', stable)
        const counters = scene.counters(20_000 + i * 1_000)
        const [one, other] = [look(plan, state, counters), look(plan, copy, counters)]
        expect(other).to.deep.equal(one)
        state = one.state
        copy = json(other.state)
      })
    })
    fc.assert(property, { numRuns: 50 })
  })

  it('stays below 16 kB with ten replicas', () => {
    const run = startLooking()
    for (let second = 0; second < 20; second += 1) {
      for (let i = 0; i < 10; i += 1)
        run.scene.add(i < 2 ? 'new' : 'old', `replica-${i}-of-shop-production`, 2_000, { errors: 0.003, slow: 0.01 })
      run.look()
    }
    expect(JSON.stringify(run.state()).length).to.be.below(16_000)
  })
})
