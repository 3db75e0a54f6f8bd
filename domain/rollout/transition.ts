/** Transitions that both what was seen and what was asked can cause. */
import type { RolloutPlan } from '../plan/plan.ts'
import type { Reason } from './reason.ts'
import type { RolloutState } from './rollout.ts'
import { withDraft } from './rollout.ts'

/** Goes back for `reason`. From everywhere the revert is the same: weight to 0 first, verified, then the rest. */
export const revert = (state: RolloutState, reason: Reason): RolloutState =>
  withDraft({ ...state, phase: 'reverting', reason, hooks: null, isPausePending: false }, { kind: 'reverting', data: reason })

/** To the weight of the present move; a move at weight 0 is only its gate. */
export function enterMove(state: RolloutState): RolloutState {
  const move = state.moves[state.move]
  if (!move) return { ...state, phase: 'promoting' }
  if (move.weight > 0) return { ...state, phase: 'shifting' }
  return move.gate ? atGate(state) : { ...state, phase: 'promoting' }
}

/** At a manual gate, which people are told of: they are who it waits for. */
export const atGate = (state: RolloutState): RolloutState =>
  withDraft({ ...state, phase: 'gated' }, { kind: 'gate-reached', data: { weight: state.moves[state.move]?.weight ?? 0 } })

/** On to the move after the present one. */
export const nextMove = (state: RolloutState): RolloutState =>
  enterMove({ ...state, move: state.move + 1, extraBakeMs: 0, reason: null })

/** The watch is over. Its hooks come while the old version is still warm: one that fails can take the new one back. */
export const endWatch = (plan: RolloutPlan, state: RolloutState): RolloutState =>
  plan.hooks.after.length > 0 ? { ...state, hooks: { moment: 'after', index: 0 } } : { ...state, phase: 'removing-old' }
