/** What is kept of an analysis between attempts: its state, and how long this move has been measured in which mode. */
import type { AnalysisMode } from '../rollout.ts'
import type { AnalysisPlan, AnalysisState } from './analysis.ts'
import { beginAnalysis, mark, overrule } from './analysis.ts'
import type { Verdict } from './verdict.ts'

export interface Kept {
  readonly analysis: AnalysisState
  readonly move: number
  readonly weight: number
  /** Of the last attempt. */
  readonly mode: AnalysisMode['kind'] | null
  readonly modeMs: Readonly<Record<AnalysisMode['kind'], number>>
  /** The last verdict, and the act whose it was. */
  readonly said: { readonly kind: Verdict['kind']; readonly step: number } | null
}

/** Where an attempt stands: the canary's verified weight, and the fence step of its act. */
export interface Position {
  readonly move: number
  readonly weight: number
  readonly mode: AnalysisMode
  readonly step: number
}

const noTime = { bake: 0, hold: 0, watch: 0, guard: 0, shift: 0 }

export function beginKept(plan: AnalysisPlan): Kept {
  const analysis = beginAnalysis(plan, plan.stable === null ? {} : null)
  return { analysis, move: -1, weight: -1, mode: null, modeMs: noTime, said: null }
}

/**
 * What was kept as the next attempt finds it. Another weight is a mark. A bake's time runs on over every wait; any other mode counts anew
 * when it follows another one, so that a retry goes on with the time it finds, and a watch that was held is watched anew.
 */
export function positioned(from: Kept, { move, weight, mode, step }: Position, nowMs: number): Kept {
  const kept = { ...heeded(from, mode, step), mode: mode.kind }
  if (kept.move !== move || kept.weight !== weight)
    return { ...kept, analysis: mark(kept.analysis, nowMs, weight), move, weight, modeMs: noTime }
  const isAnew = mode.kind !== 'bake' && mode.kind !== from.mode
  return isAnew ? { ...kept, modeMs: { ...kept.modeMs, [mode.kind]: 0 } } : kept
}

/** Verdicts after which an analysis goes on only because a person did. */
const overruled: readonly Verdict['kind'][] = ['both-bad', 'split-broken', 'fail']

/**
 * Somebody went on although both were bad, the split was broken, or the first of a place failed, with nothing to go back to: an act
 * after the one that said so, and not the hold itself.
 */
function heeded(kept: Kept, mode: AnalysisMode, step: number): Kept {
  const { said } = kept
  const held = said !== null && overruled.includes(said.kind) && said.step !== step
  return held && mode.kind !== 'hold' ? { ...kept, analysis: overrule(kept.analysis), said: null } : kept
}

/** `byMs` more of this mode. */
export const later = (kept: Kept, { kind }: AnalysisMode, byMs: number): Kept => ({
  ...kept,
  modeMs: { ...kept.modeMs, [kind]: kept.modeMs[kind] + byMs },
})
