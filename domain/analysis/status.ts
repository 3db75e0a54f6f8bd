/** What an analysis shows of itself while it looks. It is kept every few seconds, for people and for the API. */
import type { VerdictKind } from '../rollout/reason.ts'
import type { AnalysisMode } from '../rollout/rollout.ts'
import type { Standing } from './analysis.ts'
import type { Counts } from './channels.ts'
import type { Evidence } from './evidence.ts'
import type { Nearness } from './nearness.ts'

export interface AnalysisStatus {
  readonly mode: AnalysisMode
  /** Time spent in this mode at this step. */
  readonly inModeMs: number
  readonly standing: Standing
  /** What was said last; null while it looks on. */
  readonly verdict: VerdictKind | null
  /** Failed requests and all, over all looks that counted. */
  readonly canary: Counts
  readonly stable: Counts | null
  /** The release's E and where it fails, as natural logarithms. */
  readonly logE: number
  readonly logLimit: number
  readonly evidence: Evidence
  readonly toPass: Nearness | null
  readonly blindBecause: string | null
}
