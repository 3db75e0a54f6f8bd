/**
 * How soon an analysis looks again. The tests hold at every look, and only the past decides when the next one comes, so it costs no alpha.
 */
import type { AnalysisMode } from '../rollout/rollout.ts'
import type { AnalysisPlan, AnalysisState } from './analysis.ts'
import { evidenceOf } from './evidence.ts'

/** Evidence this strong counts as doubt. A healthy canary reaches it in at most one release of three (Ville), so looks stay few. */
const logDoubt = Math.log(3)
const soonMs = 250

/**
 * The pause after a look: the declared one, or a short one while the new version is in doubt. Where the rollout waits for a person the doubt
 * may last for a day, so that pause stays as it is.
 * @param hasNews false where the provider had nothing new: asking it more often would find nothing
 */
export function pauseAfterLookMs(plan: AnalysisPlan, state: AnalysisState, mode: AnalysisMode, hasNews: boolean): number {
  const { lookMs } = plan.settings
  if (!hasNews || mode.kind === 'wait') return lookMs
  const { logE, guardrail } = evidenceOf(plan, state)
  return Math.max(logE, guardrail.canary) >= logDoubt ? Math.min(soonMs, lookMs) : lookMs
}
