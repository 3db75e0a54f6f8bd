/** The verdict of an analysis now: facts about replicas first, because they need no test, then what the counters show. */
import type { AnalysisMode } from '../rollout/rollout.ts'
import type { AnalysisPlan, AnalysisState } from './analysis.ts'
import type { Evidence } from './evidence.ts'
import { evidenceOf } from './evidence.ts'
import type { Sides } from './liveness.ts'
import { livenessEvidence, livenessVerdict } from './liveness.ts'
import type { Elapsed, Verdict } from './verdict.ts'
import { verdict } from './verdict.ts'

/** @param sides null where the target did not answer: its silence is no evidence */
export function verdictOf(
  plan: AnalysisPlan,
  state: AnalysisState,
  mode: AnalysisMode,
  elapsed: Elapsed,
  sides: Sides | null,
): Verdict | null {
  const found = sides && livenessVerdict(plan, state, mode, sides, elapsed.nowMs)
  if (!found) {
    const reached = verdict(plan, state, mode, elapsed)
    return reached && { ...reached, evidence: withReplicas(reached.evidence, state, sides) }
  }
  const [kind, detail] = found
  return { kind, detail, evidence: withReplicas(evidenceOf(plan, state), state, sides) }
}

/** Adds what the target reports of the replicas. */
export const withReplicas = (evidence: Evidence, state: AnalysisState, sides: Sides | null): Evidence =>
  sides
    ? {
        ...evidence,
        replicas: { canary: livenessEvidence(state, sides.canary), stable: livenessEvidence(state, sides.stable) },
      }
    : evidence
