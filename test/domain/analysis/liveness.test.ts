import { expect } from 'chai'
import { describe, it } from 'mocha'
import { beginAnalysis, mark, overrule } from '../../../domain/analysis/analysis.ts'
import type { AnalysisPlan, AnalysisState } from '../../../domain/analysis/analysis.ts'
import type { Exit, Liveness, Outage } from '../../../domain/analysis/liveness.ts'
import { exitsText, livenessEvidence, livenessVerdict } from '../../../domain/analysis/liveness.ts'
import type { AnalysisMode } from '../../../domain/rollout/rollout.ts'
import { plan } from './scene.ts'

/** All times are seconds. The step began at 0, and the warm-up ends at 15. */
const at = (seconds: number) => seconds * 1_000

const alive: Liveness = { deadSinceMs: null, outages: [], startMs: 300, exits: [], exitCount: 0 }
const exit = (seconds: number, replica = 0, how: Partial<Exit> = {}): Exit => ({
  replica,
  atMs: at(seconds),
  code: 1,
  signal: null,
  lines: [],
  ...how,
})
const exiting = (...seconds: readonly number[]): Liveness => ({ ...alive, exits: seconds.map((one) => exit(one)) })
const out = (...stretches: readonly (readonly [from: number, until: number])[]): Liveness => ({
  ...alive,
  outages: stretches.map(([from, until]): Outage => ({ fromMs: at(from), untilMs: at(until) })),
})
const deadSince = (seconds: number, startMs = 300): Liveness => ({ ...alive, deadSinceMs: at(seconds), startMs })

const modes = {
  bake: { kind: 'bake', minMs: 0, maxMs: at(600) },
  watch: { kind: 'watch', forMs: at(600) },
  guard: { kind: 'guard' },
  wait: { kind: 'wait', forMs: at(600) },
  shift: { kind: 'shift' },
} as const satisfies Readonly<Record<AnalysisMode['kind'], AnalysisMode>>

const begun = mark(beginAnalysis(plan, null), 0, 10)

interface Row {
  readonly what: string
  readonly canary: Liveness | null
  readonly stable?: Liveness | null
  readonly nowSeconds: number
  readonly mode?: AnalysisMode['kind']
  readonly of?: AnalysisPlan
  readonly state?: AnalysisState
  /** The verdict and its sentence; null for none. */
  readonly expected: readonly [kind: string, detail: RegExp] | null
}

const first: AnalysisPlan = { ...plan, stable: null }
const strict: AnalysisPlan = { ...plan, settings: { ...plan.settings, maxRestarts: 0 } }
const begunAt = (seconds: number): AnalysisState => mark(beginAnalysis(plan, null), at(seconds), 10)
const rare: AnalysisPlan = { ...plan, settings: { ...plan.settings, maxRestarts: 5 } }

const rows: readonly Row[] = [
  // Restarts count by replica and step, also during the warm-up.
  { what: 'two exits of one replica', canary: exiting(2, 6), nowSeconds: 7, expected: null },
  {
    what: 'three exits of one replica',
    canary: exiting(2, 22, 42),
    nowSeconds: 42,
    expected: ['fail', /^exit code 1, 3 times in 40 s$/],
  },
  { what: 'three exits within the warm-up', canary: exiting(2, 5, 8), nowSeconds: 8, expected: ['fail', /3 times in 6 s/] },
  {
    what: 'three exits of two replicas',
    canary: { ...alive, exits: [exit(2), exit(5, 1), exit(8)] },
    nowSeconds: 20,
    expected: null,
  },
  { what: 'exits before the step', canary: exiting(-9, -5, -1, 3), nowSeconds: 20, expected: null },
  { what: 'three exits where five are allowed', canary: exiting(2, 22, 42), nowSeconds: 42, of: rare, expected: null },
  {
    what: 'three exits after a new step began',
    canary: exiting(2, 22, 42),
    nowSeconds: 42,
    state: mark(begun, at(30), 50),
    expected: null,
  },
  {
    what: 'exits by signals',
    canary: { ...alive, exits: [exit(1, 0, { code: null, signal: 'SIGSEGV' }), exit(2), exit(3)] },
    nowSeconds: 20,
    expected: ['fail', /^ended by SIGSEGV or exit code 1, 3 times in 2 s$/],
  },
  ...(['watch', 'guard', 'wait', 'shift'] as const).map(
    (mode): Row => ({
      what: `three exits in ${mode}`,
      canary: exiting(2, 22, 42),
      nowSeconds: 42,
      mode,
      expected: ['fail', /3 times/],
    }),
  ),
  // Dead without a break: for five seconds, or twice the start time.
  { what: 'down for 4.9 s', canary: deadSince(20), nowSeconds: 24.9, expected: null },
  { what: 'down for 5 s', canary: deadSince(20), nowSeconds: 25, expected: ['dead', /^no healthy replica for 5 s$/] },
  { what: 'down for 7 s that takes 4 to start', canary: deadSince(20, 4_000), nowSeconds: 27, expected: null },
  { what: 'down for 8 s that takes 4 to start', canary: deadSince(20, 4_000), nowSeconds: 28, expected: ['dead', /8 s/] },
  { what: 'down in the warm-up', canary: deadSince(2), nowSeconds: 14, expected: null },
  { what: 'down since the warm-up', canary: deadSince(2), nowSeconds: 15, expected: ['dead', /13 s/] },
  ...(['watch', 'guard', 'wait', 'shift'] as const).map(
    (mode): Row => ({ what: `down in ${mode}`, canary: deadSince(20), nowSeconds: 30, mode, expected: ['dead', /10 s/] }),
  ),
  // Dead for a tenth of the last minute, over at least two outages.
  { what: 'one outage of 7 s that is over', canary: out([20, 27]), nowSeconds: 30, expected: null },
  { what: 'two outages of 5 s together', canary: out([20, 22.5], [30, 32.5]), nowSeconds: 40, expected: null },
  {
    what: 'two outages of 6 s together',
    canary: out([20, 23], [30, 33]),
    nowSeconds: 40,
    expected: ['dead', /^no healthy replica for 6 s of the last minute, in 2 outages$/],
  },
  {
    what: 'an outage and one that lasts',
    canary: { ...out([20, 23]), deadSinceMs: at(30) },
    nowSeconds: 33,
    expected: ['dead', /2 outages/],
  },
  { what: 'two outages of which one is older', canary: out([20, 23], [30, 33]), nowSeconds: 90, expected: null },
  { what: 'two outages within the warm-up', canary: out([2, 5], [8, 11]), nowSeconds: 20, expected: null },
  // The stable version has the same limits.
  {
    what: 'both down',
    canary: deadSince(20),
    stable: deadSince(21),
    nowSeconds: 27,
    expected: ['both-bad', /a revert would not help/],
  },
  {
    what: 'the canary dead, the stable one down for 3 s',
    canary: deadSince(20),
    stable: deadSince(23),
    nowSeconds: 26,
    expected: null,
  },
  {
    what: 'the canary dead, the stable one alive',
    canary: deadSince(20),
    stable: alive,
    nowSeconds: 26,
    expected: ['dead', /6 s/],
  },
  { what: 'only the stable one dead', canary: alive, stable: deadSince(20), nowSeconds: 60, expected: null },
  {
    what: 'both exiting alike, the stable one a moment later',
    canary: exiting(2, 12, 22),
    stable: exiting(-7, 3, 13),
    nowSeconds: 22,
    expected: ['both-bad', /the new one exit code 1, 3 times in 20 s; the stable one exit code 1, 3 times/],
  },
  {
    what: 'both flapping',
    canary: out([20, 23], [30, 33]),
    stable: out([21, 24], [34, 37]),
    nowSeconds: 40,
    expected: ['both-bad', /the stable one no healthy replica for 6 s of the last minute, in 2 outages/],
  },
  {
    what: 'the canary flapping, the stable one out once',
    canary: out([20, 23], [30, 33]),
    stable: out([21, 28]),
    nowSeconds: 40,
    expected: ['dead', /in 2 outages$/],
  },
  {
    what: 'the stable one exited once',
    canary: exiting(2, 12, 22),
    stable: exiting(-7),
    nowSeconds: 22,
    expected: ['fail', /3 times/],
  },
  { what: 'both down while held', canary: deadSince(20), stable: deadSince(21), nowSeconds: 27, mode: 'wait', expected: null },
  {
    what: 'both down while shifting',
    canary: deadSince(20),
    stable: deadSince(21),
    nowSeconds: 27,
    mode: 'shift',
    expected: null,
  },
  // A first release that serves in part is held, once.
  {
    what: 'a first release that exits',
    canary: exiting(2, 5, 8),
    nowSeconds: 20,
    mode: 'watch',
    of: first,
    expected: ['fail', /3 times/],
  },
  {
    what: 'a first release that flaps',
    canary: out([20, 23], [30, 33]),
    nowSeconds: 40,
    mode: 'watch',
    of: first,
    expected: ['fail', /2 outages/],
  },
  {
    what: 'a first release that exits while held',
    canary: exiting(2, 5, 8),
    nowSeconds: 20,
    mode: 'wait',
    of: first,
    expected: null,
  },
  {
    what: 'a first release that is down while held',
    canary: deadSince(20),
    nowSeconds: 30,
    mode: 'wait',
    of: first,
    expected: ['dead', /10 s/],
  },
  // A person promoted or extended: earlier exits do not count again.
  {
    what: 'exits before a person promoted or extended',
    canary: exiting(2, 12, 22, 31),
    nowSeconds: 40,
    state: overrule(begun, at(30)),
    expected: null,
  },
  {
    what: 'exits after a person promoted or extended',
    canary: exiting(31, 33, 35),
    nowSeconds: 40,
    state: overrule(begun, at(30)),
    expected: ['fail', /3 times/],
  },
  // Where each stretch of time begins, to the exit.
  { what: 'three exits, the first just as the step began', canary: exiting(0, 5, 8), nowSeconds: 20, expected: ['fail', /8 s/] },
  {
    what: 'three exits of one replica, and a later one of another',
    canary: { ...alive, exits: [exit(1), exit(2), exit(3), exit(9, 1)] },
    nowSeconds: 20,
    expected: ['fail', /3 times in 2 s/],
  },
  {
    what: 'three exits of each replica',
    canary: { ...alive, exits: [exit(1), exit(2), exit(3), exit(4, 1), exit(8, 1), exit(12, 1)] },
    nowSeconds: 20,
    expected: ['fail', /3 times in 2 s/],
  },
  {
    what: 'one exit where none is allowed',
    canary: exiting(20),
    nowSeconds: 21,
    of: strict,
    expected: ['fail', /^exit code 1$/],
  },
  {
    what: 'one exit of both where none is allowed',
    canary: exiting(20),
    stable: exiting(10),
    nowSeconds: 21,
    of: strict,
    expected: ['both-bad', /the new one exit code 1; the stable one exit code 1/],
  },
  {
    what: 'down before anything was marked',
    canary: deadSince(20),
    nowSeconds: 60,
    state: beginAnalysis(plan, null),
    expected: null,
  },
  { what: 'down in a warm-up that began late', canary: deadSince(101), nowSeconds: 114, state: begunAt(100), expected: null },
  { what: 'down since such a warm-up', canary: deadSince(101), nowSeconds: 115, state: begunAt(100), expected: ['dead', /14 s/] },
  {
    what: 'one outage, and one that was over before the warm-up was',
    canary: out([10, 14.9], [20, 27]),
    nowSeconds: 30,
    expected: null,
  },
  { what: 'one outage, and one that was over just then', canary: out([10, 15], [20, 27]), nowSeconds: 30, expected: null },
  {
    what: 'exits of the canary while the stable one is down',
    canary: exiting(2, 12, 22),
    stable: deadSince(20),
    nowSeconds: 22,
    expected: ['fail', /3 times/],
  },
  ...[-10.1, -10.6, -11, -30].map(
    (seconds): Row => ({
      what: `both exiting alike, but the stable one ${-seconds} s before the step, where a gap is 10 s`,
      canary: exiting(2, 12, 22),
      stable: exiting(seconds, 3, 13),
      nowSeconds: 22,
      expected: ['fail', /3 times/],
    }),
  ),
  {
    what: 'both exiting alike, the stable one a gap before the step',
    canary: exiting(2, 12, 22),
    stable: exiting(-10, 3, 13),
    nowSeconds: 22,
    expected: ['both-bad', /a revert would not help/],
  },
  {
    what: 'the stable one that exited before a person went on',
    canary: exiting(61, 63, 65),
    stable: exiting(2, 12, 22),
    nowSeconds: 66,
    state: overrule(begun, at(60)),
    expected: ['fail', /3 times in 4 s/],
  },
  {
    what: 'the stable one that exited before the step, since a person went on',
    canary: exiting(101, 103, 105),
    stable: exiting(42, 52, 62),
    nowSeconds: 106,
    state: mark(overrule(begun, at(30)), at(100), 50),
    expected: ['fail', /3 times in 4 s/],
  },
  { what: 'a version that the target does not know', canary: null, nowSeconds: 60, expected: null },
]

describe('whether a version is alive', () => {
  for (const { what, canary, stable = alive, nowSeconds, mode = 'bake', of = plan, state = begun, expected } of rows)
    it(`${what}: ${expected?.[0] ?? 'nothing is expected'}`, () => {
      const found = livenessVerdict(
        of,
        state,
        modes[mode],
        { canary, stable: of.stable === null ? null : stable },
        at(nowSeconds),
      )
      expect(found?.[0] ?? null).to.equal(expected?.[0] ?? null)
      if (expected) expect(found?.[1]).to.match(expected[1])
    })

  it('is described in few words, however many ways of exit there were', () => {
    const many = [3, 4, 5].map((code) => exit(code, 0, { code }))
    expect(exitsText(many)).to.equal('exit code 5 and others, 3 times in 2 s')
    expect(exitsText([exit(1)])).to.equal('exit code 1')
  })

  it('is told of no exits too', () => {
    expect(exitsText([])).to.equal('no exits')
  })
})

describe('what is shown of replicas', () => {
  it('is their exits since the step began, how most of them ended, and what was printed last', () => {
    const state = begunAt(10)
    const printed = exit(10, 0, { lines: ['Error: no heap left'] })
    const side = { ...alive, exits: [exit(9.9), printed, exit(12), exit(13, 1)], deadSinceMs: at(14) }
    expect(livenessEvidence(state, side)).to.deep.equal({
      exits: 3,
      how: 'exit code 1, 2 times in 2 s',
      lastAtMs: at(13),
      lines: ['Error: no heap left'],
      deadSinceMs: at(14),
    })
    expect(livenessEvidence(beginAnalysis(plan, null), { ...alive, exits: [exit(3)] })?.exits, 'before any step').to.equal(1)
  })

  it('is nothing but that they live where none exited, and nothing at all where the target knows none', () => {
    const nothing = { exits: 0, how: null, lastAtMs: null, lines: [], deadSinceMs: null }
    expect([livenessEvidence(begun, alive), livenessEvidence(begun, null)]).to.deep.equal([nothing, null])
  })
})
