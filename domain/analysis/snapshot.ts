/**
 * An analysis between its activities: where it stands, for how long, and its last verdict. An activity that was lost with its worker goes
 * on where it was. The next step of the rollout finds what this one has seen.
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
  /** How long this move has been measured in which mode. */
  readonly modeMs: Readonly<Record<AnalysisMode['kind'], number>>
  /** Exits of replicas that have an event already. */
  readonly exitsNotified: Readonly<Partial<Record<ExitNews['side'], Notified>>>
  /** The last verdict; `isHeld`: the rollout was held for it. */
  readonly verdict: { readonly kind: Verdict['kind']; readonly isHeld: boolean } | null
}

/** The step that looks. `stepKey` (`domain/queue/fencing-token.ts`) tells it from every other, but not from its own next attempt. */
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

/** Another step runs meanwhile. */
export const isBeside = ({ kind }: AnalysisMode): boolean => kind === 'guard' || kind === 'shift'

/**
 * Another weight since the last look is a mark; another wait of the same move counts its own time anew, and so does a watch after a wait.
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

/** Verdicts after which an analysis goes on only where a person did. */
const overruled: readonly Verdict['kind'][] = ['both-bad', 'split-broken', 'fail']

/**
 * A person ended the hold that followed a verdict: both versions were bad, the split was broken, or the first version of an environment
 * failed with nothing to revert to. A person who sent a request just as the verdict came did not know it, so the verdict is given again.
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

/** Adds the present verdict. `over` says nothing of what held the rollout before, so it replaces nothing. */
export const withVerdict = (snapshot: Snapshot, kind: Verdict['kind']): Snapshot =>
  kind === 'over' ? snapshot : { ...snapshot, verdict: { kind, isHeld: false } }
