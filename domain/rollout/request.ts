/** What a legal request does to the state of a rollout. The loop acts on the state; nothing here has an effect. */
import type { Request } from './phase.ts'
import type { RolloutPlan } from '../plan/plan.ts'
import type { Reason } from './reason.ts'
import type { RolloutState } from './rollout.ts'
import { withDraft } from './rollout.ts'
import { endWatch, enterMove, revert, nextMove } from './transition.ts'

/** The state after a request that `assertLegal` allowed. The next transaction writes who requested it and why. */
export function answerRequest(plan: RolloutPlan, before: RolloutState, request: Request): RolloutState {
  const { kind, actor, reason, byMs, because } = request
  const data = { request: kind, reason, ...(byMs === undefined ? {} : { byMs }), ...(because === undefined ? {} : { because }) }
  const state = withDraft(before, { kind: 'requested', data }, actor)
  switch (kind) {
    case 'pause':
      // The loop folds between steps, so a shift that has not begun does not begin. A version that is not ready yet gets ready, and gets no
      // traffic.
      return state.phase === 'starting' ? { ...state, isPausePending: true } : { ...state, phase: 'paused', hooks: null }
    case 'resume':
      return backToMove(state)
    case 'promote':
      return promote(plan, state, request)
    case 'promote-fully':
      // Before anything runs, the only question is whether to begin.
      if (!state.started) return { ...state, phase: 'starting', reason: null }
      return { ...state, phase: 'promoting', reason: null, hooks: null }
    case 'extend':
      return extend(plan, state, byMs)
    case 'abort':
      return abort(state, request)
    case 'retry-revert':
      return { ...state, phase: 'reverting' }
    case 'accept-as-is':
      return {
        ...state,
        phase: 'ended',
        outcome: null,
        reason: { code: 'accepted-as-is', detail: reason ?? 'accepted by a person' },
      }
  }
}

/** A watch has no bake to extend. It begins anew, and lasts longer by the requested time. */
const extend = (plan: RolloutPlan, state: RolloutState, byMs: number | undefined): RolloutState =>
  state.weight === 100
    ? { ...state, phase: 'watching', reason: null, extraBakeMs: state.extraBakeMs + (byMs ?? 0) }
    : {
        ...state,
        phase: 'baking',
        hooks: null,
        reason: null,
        extraBakeMs: state.extraBakeMs + (byMs ?? defaultExtensionMs(plan, state)),
      }

/** Without `byMs`, the step's own longest bake once more. */
const defaultExtensionMs = (plan: RolloutPlan, state: RolloutState): number =>
  state.moves[state.move]?.bake?.maxMs ?? plan.analysis.maxHoldMs

/** Whether the canary already has the weight of its present move. */
const isAtMove = (state: RolloutState): boolean => state.weight > 0 && state.weight === state.moves[state.move]?.weight

const backToMove = (state: RolloutState): RolloutState =>
  isAtMove(state) ? { ...state, phase: 'baking', reason: null } : enterMove(state)

/**
 * Continues with the next move. In the watch it ends the watch, and the hooks after it follow. A rollout that is promoted while those hooks
 * run, or while it is held, continues without them, as after a step.
 */
function promote(plan: RolloutPlan, state: RolloutState, { because }: Request): RolloutState {
  if (!state.started) return { ...state, phase: 'starting', reason: null }
  if (state.weight === 100) {
    const reason: Reason | null =
      because === 'cut-short' ? { code: 'watch-cut-short', detail: 'a newer release did not wait' } : state.reason
    if (state.phase === 'watching' && !state.hooks) return endWatch(plan, { ...state, reason })
    return { ...state, phase: 'removing-old', hooks: null, reason }
  }
  if (state.phase === 'paused' && !isAtMove(state)) return enterMove(state)
  return nextMove({ ...state, hooks: null })
}

function abort(state: RolloutState, { actor, reason, because }: Request): RolloutState {
  const code = because === 'superseded' ? 'superseded' : because === 'cancelled' ? 'cancelled' : 'aborted'
  const why: Reason = { code, detail: reason ?? `asked by ${actor.id}` }
  return state.phase === 'queued' ? { ...state, phase: 'ended', reason: why } : revert(state, why)
}
