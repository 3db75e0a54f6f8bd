/** What an analysis shows while it looks. The activity writes it every few seconds, and the API shows it to people. */
import type { VerdictKind } from '../rollout/reason.ts'
import type { AnalysisMode } from '../rollout/rollout.ts'
import type { AnalysisPlan, AnalysisState, Standing } from './analysis.ts'
import { standingOf } from './analysis.ts'
import type { Counts } from './channels.ts'
import type { Evidence } from './evidence.ts'
import { evidenceOf } from './evidence.ts'
import type { Sides } from './liveness.ts'
import type { Nearness } from './nearness.ts'
import { nearnessOf } from './nearness.ts'
import { withReplicas } from './verdict-of.ts'
import type { Elapsed, Verdict } from './verdict.ts'

export interface AnalysisStatus {
  readonly mode: AnalysisMode
  /** Time spent in this mode at this step. */
  readonly inModeMs: number
  readonly standing: Standing
  /** Null while the analysis continues. */
  readonly verdict: VerdictKind | null
  /** Failed requests and all requests, over all looks that counted. */
  readonly canary: Counts
  readonly stable: Counts | null
  /** The release's E and the limit at which it fails, as natural logarithms. */
  readonly logE: number
  readonly logLimit: number
  readonly evidence: Evidence
  readonly toPass: Nearness | null
  readonly blindBecause: string | null
}

/** The results of a look besides the state that it was folded into. */
export interface Looked {
  readonly verdict: Verdict | null
  /** Null where the target does not answer. */
  readonly sides: Sides | null
  readonly blindBecause: string | null
}

/** The status after a look. */
export function statusOf(
  plan: AnalysisPlan,
  state: AnalysisState,
  mode: AnalysisMode,
  elapsed: Elapsed,
  { verdict, sides, blindBecause }: Looked,
): AnalysisStatus {
  const evidence = verdict?.evidence ?? withReplicas(evidenceOf(plan, state), state, sides)
  return {
    mode,
    inModeMs: elapsed.inModeMs,
    standing: standingOf(plan, state, elapsed.nowMs),
    verdict: verdict?.kind ?? null,
    canary: evidence.requests.canary,
    stable: plan.stable === null ? null : evidence.requests.stable,
    logE: evidence.logE,
    logLimit: evidence.limit,
    evidence,
    toPass: verdict ? null : nearnessOf(plan, state, mode, elapsed),
    blindBecause,
  }
}
