/** A verdict of each kind from the domain's own code, with its own plan, traffic and replicas. */
import type { AnalysisPlan } from '../../../domain/analysis/analysis.ts'
import { blind } from '../../../domain/analysis/analysis.ts'
import type { Snapshot } from '../../../domain/analysis/snapshot.ts'
import { firstSnapshot, later, positioned, withVerdict } from '../../../domain/analysis/snapshot.ts'
import type { Liveness, Sides } from '../../../domain/analysis/liveness.ts'
import type { LookRow } from '../../../domain/analysis/look-row.ts'
import { verdictOf } from '../../../domain/analysis/verdict-of.ts'
import type { AnalysisStatus } from '../../../domain/analysis/status.ts'
import { statusOf } from '../../../domain/analysis/status.ts'
import type { Verdict } from '../../../domain/analysis/verdict.ts'
import type { VerdictKind } from '../../../domain/rollout/reason.ts'
import type { AnalysisMode } from '../../../domain/rollout/rollout.ts'
import { plan, startLooking } from './scene.ts'

/** Everything that an analysis stores with a verdict. */
export interface SaidInLife {
  readonly kept: Snapshot
  readonly verdict: Verdict
  readonly status: AnalysisStatus
  readonly rows: readonly LookRow[]
}

const bake: AnalysisMode = { kind: 'bake', minMs: 30_000, maxMs: 600_000 }
const watch: AnalysisMode = { kind: 'watch', forMs: 30_000 }
const well = { canary: 20, stable: 180 }
const bad = { errors: 0.3 }

type Run = ReturnType<typeof startLooking>

interface Scene {
  readonly mode: AnalysisMode
  readonly of?: AnalysisPlan
  readonly happens: (run: Run) => void
  /** Time in the mode; by default the time of its looks. */
  readonly inModeMs?: number
  readonly sides?: (nowMs: number) => Sides
  readonly blindBecause?: string
}

const alive: Liveness = { deadSinceMs: null, outages: [], startMs: 300, exits: [], exitCount: 0 }
/** A replica that exited twice and has been down since. */
const down = (nowMs: number): Liveness => {
  const exits = [20_000, 9_000].map((agoMs) => ({
    replica: 0,
    atMs: nowMs - agoMs,
    code: 3,
    signal: null,
    lines: ['out of luck'],
  }))
  return { ...alive, deadSinceMs: nowMs - 9_000, exits, exitCount: 2 }
}

const scenes: Readonly<Record<VerdictKind, Scene>> = {
  pass: { mode: bake, happens: (run) => run.traffic(300, well) },
  fail: { mode: bake, happens: (run) => run.traffic(30, { ...well, canaryIs: { errors: 0.25 }, stableIs: { errors: 0.005 } }) },
  'both-bad': { mode: bake, happens: (run) => run.traffic(60, { ...well, canaryIs: bad, stableIs: bad }) },
  'split-broken': { mode: bake, happens: (run) => run.traffic(60, { canary: 100, stable: 100 }) },
  // Too few requests of a version that is a little worse than its objective.
  inconclusive: { mode: bake, happens: (run) => run.traffic(60, { canary: 1, stable: 9 }), inModeMs: 600_000 },
  idle: { mode: bake, happens: (run) => run.traffic(130, { canary: 0, stable: 1 }), inModeMs: 600_000 },
  blind: {
    mode: bake,
    happens: (run) => {
      run.traffic(10, well)
      run.change((state) => blind(state, run.atMs() - 700_000))
    },
    blindBecause: 'it has no fresh counters of the canary',
  },
  over: { mode: watch, of: { ...plan, stable: null }, happens: (run) => run.traffic(40, { canary: 20, stable: 0 }) },
  dead: { mode: bake, happens: (run) => run.traffic(60, well), sides: (nowMs) => ({ canary: down(nowMs), stable: alive }) },
}

/** @throws Error when the scene has another verdict than `kind` */
export function saidInLife(kind: VerdictKind): SaidInLife {
  const { mode, of = plan, happens, inModeMs, sides: sidesAt, blindBecause = null } = scenes[kind]
  const run = startLooking(of)
  happens(run)
  const nowMs = run.atMs()
  const elapsed = { nowMs, inModeMs: inModeMs ?? nowMs }
  const sides = sidesAt?.(nowMs) ?? null
  const said = verdictOf(of, run.state(), mode, elapsed, sides)
  if (said?.kind !== kind) throw new Error(`the scene of ${kind} says ${said?.kind ?? 'nothing'}`)
  const at = { stepKey: '1.2', phase: 'baking', move: 0, reason: null, mode, weight: 10 } as const
  const kept = later(positioned(firstSnapshot(run.state()), at, nowMs), mode, elapsed.inModeMs)
  const status = statusOf(of, run.state(), mode, elapsed, { verdict: said, sides, blindBecause })
  return { kept: withVerdict(kept, kind), verdict: said, status, rows: run.rows }
}
