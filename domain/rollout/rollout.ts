/**
 * A rollout as a state machine: `nextStep` says what to do, `advance` (advance.ts) folds in the observation. Both are pure, so a whole
 * rollout and its revert are tested without a server. The caller loops: decide, act, fold.
 */
import type { Actor } from '../actor.ts'
import type { StepEvent } from '../events/event.ts'
import type { Move } from './moves.ts'
import { splitOf } from '../plan/split.ts'
import type { Reason, VerdictKind } from './reason.ts'
import type { Outcome, Phase, Request } from './phase.ts'
import type { Revision, RolloutPlan } from '../plan/plan.ts'
import { declaredReplicas } from '../plan/plan.ts'
import type { HookMoment } from '../plan/service.ts'

/** An event that the next step writes together with its own. */
export type EventDraft = StepEvent & {
  /** Counts the drafts of a rollout. It is part of the event's key, so that each is written once. */
  readonly n: number
  /** Null: the rollout itself. */
  readonly actor: Actor | null
}

export interface RolloutState {
  readonly phase: Phase
  readonly outcome: Outcome | null
  /** Number of the step that `nextStep` asks for: the lower part of its fencing token. */
  readonly step: number
  /** True while another rollout has the turn. */
  readonly queued: boolean
  readonly stable: Revision | null
  readonly stableReplicas: number
  readonly moves: readonly Move[]
  /** Index into `moves`; `moves.length` means promotion. */
  readonly move: number
  /** The canary's weight as last verified. */
  readonly weight: number
  readonly started: boolean
  /** The hooks that run now, and which is next. */
  readonly hooks: { readonly moment: HookMoment; readonly index: number } | null
  readonly isPausePending: boolean
  readonly extraBakeMs: number
  readonly reason: Reason | null
  readonly trafficReverted: boolean
  readonly cleaned: boolean
  readonly drafts: readonly EventDraft[]
  readonly draftCount: number
  /** The phase that was last written to the projection. A wait is written before it begins. */
  readonly recorded: Phase
}

/**
 * `guard` runs beside a hook and `shift` beside a change of weight, for as long as those take. Neither gives the verdict `pass` or `over`.
 * `shift` gives only verdicts that revert, because weights may be half changed meanwhile.
 */
export type AnalysisMode =
  | { readonly kind: 'guard' }
  | { readonly kind: 'shift' }
  | { readonly kind: 'bake'; readonly minMs: number; readonly maxMs: number }
  | { readonly kind: 'wait'; readonly forMs: number }
  | { readonly kind: 'watch'; readonly forMs: number }

/** What to do next. Each step but the two waits is one activity. */
export type Step =
  | { readonly kind: 'take-turn' }
  | { readonly kind: 'await-turn' }
  | { readonly kind: 'prepare'; readonly replicas: number }
  /** `guarded`: an analysis runs beside the hook, and its verdict does not wait for the hook. */
  | { readonly kind: 'hook'; readonly moment: HookMoment; readonly index: number; readonly guarded: boolean }
  | { readonly kind: 'smoke' }
  /** `guarded`: an analysis runs beside a shift that takes long. */
  | { readonly kind: 'shift'; readonly weight: number; readonly replicas: number; readonly guarded: boolean }
  | { readonly kind: 'analyse'; readonly mode: AnalysisMode }
  | { readonly kind: 'note' }
  | { readonly kind: 'await-request' }
  /** Removes the version that was stable, and ends the rollout. */
  | { readonly kind: 'remove-old' }
  | { readonly kind: 'revert-traffic' }
  | { readonly kind: 'clean-up' }
  | { readonly kind: 'end' }

/** The result of a step. `failed` means that every attempt within its time failed. */
export type Observation =
  /** `mustRestore`: the version is stable already, but does not serve. */
  | {
      readonly kind: 'turn-taken'
      readonly stable: Revision | null
      readonly stableReplicas: number
      readonly mustRestore: boolean
      /** A release of the same version that was reverted while this one waited. Null: there is none. */
      readonly twin: { readonly release: string; readonly outcome: Outcome } | null
    }
  | { readonly kind: 'turn-waiting' }
  | { readonly kind: 'turn-signalled' }
  | { readonly kind: 'turn-over'; readonly outcome: Outcome }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly reason: Reason }
  | { readonly kind: 'verdict'; readonly verdict: VerdictKind; readonly detail: string }
  | { readonly kind: 'request'; readonly request: Request }

export const beginRollout = (): RolloutState => ({
  phase: 'queued',
  outcome: null,
  step: 1,
  queued: false,
  stable: null,
  stableReplicas: 0,
  moves: [],
  move: 0,
  weight: 0,
  started: false,
  hooks: null,
  isPausePending: false,
  extraBakeMs: 0,
  reason: null,
  trafficReverted: false,
  cleaned: false,
  drafts: [],
  draftCount: 0,
  recorded: 'queued',
})

/** The state with one more event, which the next step writes. */
export function withDraft(state: RolloutState, content: StepEvent, actor: Actor | null = null): RolloutState {
  const draft: EventDraft = { ...content, n: state.draftCount, actor }
  return { ...state, drafts: [...state.drafts, draft], draftCount: state.draftCount + 1 }
}

/** A cancelled activity may still run. The next step has a higher number, so its late write is refused. */
export const cutShort = (state: RolloutState): RolloutState => ({ ...state, step: state.step + 1 })

export const isEnd = (state: RolloutState): boolean =>
  state.phase === 'ended' && state.outcome !== null && state.recorded === 'ended'

/** What to do next. Pure: the same state gives the same answer. The caller does it and returns with an observation. */
export function nextStep(plan: RolloutPlan, state: RolloutState): Step {
  if (state.hooks) return { kind: 'hook', ...state.hooks, guarded: state.weight > 0 }
  switch (state.phase) {
    case 'queued':
      return { kind: state.queued ? 'await-turn' : 'take-turn' }
    case 'starting':
      return state.started ? { kind: 'smoke' } : { kind: 'prepare', replicas: replicasAt(plan, state, firstWeight(state)) }
    case 'shifting':
      return shiftTo(plan, state, state.moves[state.move]?.weight ?? 100)
    case 'baking':
      return { kind: 'analyse', mode: bakeMode(state) }
    case 'gated':
    case 'paused':
    case 'held':
      if (state.weight > 0) return { kind: 'analyse', mode: { kind: 'wait', forMs: plan.analysis.maxHoldMs } }
      return waitFor(state)
    case 'promoting':
      return shiftTo(plan, state, 100)
    case 'watching':
      return { kind: 'analyse', mode: watchMode(plan, state) }
    case 'removing-old':
      return { kind: 'remove-old' }
    case 'reverting':
      if (!state.trafficReverted) return { kind: 'revert-traffic' }
      return { kind: state.cleaned ? 'end' : 'clean-up' }
    case 'needs-operator':
      return waitFor(state)
    case 'ended':
      return { kind: 'end' }
  }
}

const firstWeight = (state: RolloutState): number => state.moves[0]?.weight || 100

/** Until promotion, the router of the stable version splits the traffic. */
const replicasAt = (plan: RolloutPlan, state: RolloutState, weight: number): number =>
  splitOf((state.stable ?? plan.canary).traffic).canaryReplicas(weight, Math.max(1, replicasOf(plan, state)))

/**
 * Replicas for all traffic: as many as the stable version has now, which an autoscaler may have changed, unless the declared count changed.
 * A rollback never gets fewer than the version it replaces has.
 */
function replicasOf({ kind, replicas }: RolloutPlan, { stable, stableReplicas }: RolloutState): number {
  if (stable === null) return replicas
  if (kind === 'rollback') return Math.max(replicas, stableReplicas)
  return declaredReplicas(stable.target) === replicas ? stableReplicas : replicas
}

const shiftTo = (plan: RolloutPlan, state: RolloutState, weight: number): Step => ({
  kind: 'shift',
  weight,
  replicas: replicasAt(plan, state, weight),
  guarded: state.weight > 0,
})

function bakeMode(state: RolloutState): AnalysisMode {
  const bake = state.moves[state.move]?.bake
  const { minMs, maxMs } = bake ?? { minMs: 0, maxMs: 0 }
  return { kind: 'bake', minMs, maxMs: maxMs + state.extraBakeMs }
}

const watchMode = ({ watchMs, strategy }: RolloutPlan, { extraBakeMs }: RolloutState): AnalysisMode => ({
  kind: 'watch',
  forMs: watchMs + strategy.scaleDownDelayMs + extraBakeMs,
})

/** The rollout writes a wait to the projection before it waits, so that people see that they are needed. */
const waitFor = (state: RolloutState): Step => ({
  kind: state.recorded === state.phase && state.drafts.length === 0 ? 'await-request' : 'note',
})
