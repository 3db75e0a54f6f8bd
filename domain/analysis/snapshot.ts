/**
 * An analysis between its activities: its state, the time that it has measured, and its last verdict. When an activity is lost with its
 * worker, the next attempt continues from the snapshot. So does the next step of the rollout.
 */
import type { StepInput } from '../rollout/step-input.ts'
import type { Phase } from '../rollout/phase.ts'
import type { AnalysisMode } from '../rollout/rollout.ts'
import type { AnalysisState } from './analysis.ts'
import { mark, overrule } from './analysis.ts'
import type { ExitNews, Notified } from './exit-news.ts'
import type { Verdict } from './verdict.ts'

export interface Snapshot {
  readonly analysis: AnalysisState
  /** The last step that looked: its key, and the phase it was in. Null before the first. */
  readonly at: { readonly stepKey: string; readonly phase: Phase } | null
  readonly move: number
  readonly weight: number
  /** How long each mode has run in this move. */
  readonly modeMs: Readonly<Record<AnalysisMode['kind'], number>>
  /** Exits of replicas that already have an event. */
  readonly exitsNotified: Readonly<Partial<Record<ExitNews['side'], Notified>>>
  /** The last verdict; `isHeld`: the rollout was held for it. */
  readonly verdict: { readonly kind: Verdict['kind']; readonly isHeld: boolean } | null
}

/** The step that looks. Every step has its own `stepKey` (`domain/queue/fencing-token.ts`), and all attempts of a step have the same. */
export interface Looking extends Pick<StepInput, 'phase' | 'move' | 'reason'> {
  readonly stepKey: string
  readonly mode: AnalysisMode
  /** The canary's verified weight. */
  readonly weight: number
}

const noTime = { bake: 0, wait: 0, watch: 0, guard: 0, shift: 0 }

export const firstSnapshot = (analysis: AnalysisState): Snapshot => ({
  analysis,
  at: null,
  move: -1,
  weight: -1,
  modeMs: noTime,
  exitsNotified: {},
  verdict: null,
})

/** Whether another step runs beside the analysis. */
export const isBeside = ({ kind }: AnalysisMode): boolean => kind === 'guard' || kind === 'shift'

/**
 * Another weight since the last look sets a mark. Another wait of the same move counts its time from 0, and so does a watch after a wait.
 */
export function positioned(from: Snapshot, looking: Looking, nowMs: number): Snapshot {
  const { stepKey, phase, move, weight, mode } = looking
  if (from.at?.stepKey === stepKey) return from
  const snapshot: Snapshot = { ...heeded(from, looking, nowMs), at: { stepKey, phase } }
  if (snapshot.move !== move || snapshot.weight !== weight)
    return { ...snapshot, analysis: mark(snapshot.analysis, nowMs, weight), move, weight, modeMs: noTime }
  const isAnew = isBeside(mode) || (mode.kind !== 'bake' && from.at?.phase !== phase)
  return isAnew ? { ...snapshot, modeMs: { ...snapshot.modeMs, [mode.kind]: 0 } } : snapshot
}

/** Verdicts after which an analysis continues only when a person decided to. */
const overruled: readonly Verdict['kind'][] = ['both-bad', 'split-broken', 'fail']

/**
 * Overrules the last verdict once a person has ended the hold that followed it: both versions were bad, the split was broken, or the first
 * version of an environment failed with nothing to revert to. A person who sent a request just before the verdict did not know it, so the
 * verdict is given again.
 */
function heeded(snapshot: Snapshot, { phase, reason }: Looking, nowMs: number): Snapshot {
  const { verdict } = snapshot
  if (!verdict || !overruled.includes(verdict.kind)) return snapshot
  if (phase === 'held') return { ...snapshot, verdict: { ...verdict, isHeld: verdict.isHeld || reason?.code === verdict.kind } }
  return verdict.isHeld ? { ...snapshot, analysis: overrule(snapshot.analysis, nowMs), verdict: null } : snapshot
}

/** One look later, `byMs` after the last one. */
export const later = (snapshot: Snapshot, { kind }: AnalysisMode, byMs: number): Snapshot => ({
  ...snapshot,
  modeMs: { ...snapshot.modeMs, [kind]: snapshot.modeMs[kind] + byMs },
})

/** Adds the present verdict. `over` does not settle the verdict that held the rollout before, so it replaces none. */
export const withVerdict = (snapshot: Snapshot, kind: Verdict['kind']): Snapshot =>
  kind === 'over' ? snapshot : { ...snapshot, verdict: { kind, isHeld: false } }
