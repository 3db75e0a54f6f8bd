/** Transitions that an observation and a request can both cause. */
import type { RolloutPlan } from '../plan/plan.ts'
import type { Reason } from './reason.ts'
import type { RolloutState } from './rollout.ts'
import { withDraft } from './rollout.ts'

/** Reverts for `reason`. The revert is the same from every phase: weight to 0 first, verified, then the rest. */
export const revert = (state: RolloutState, reason: Reason): RolloutState =>
  withDraft({ ...state, phase: 'reverting', reason, hooks: null, isPausePending: false }, { kind: 'reverting', data: reason })

/** Goes to the weight of the present move. A move at weight 0 is only its gate. */
export function enterMove(state: RolloutState): RolloutState {
  const move = state.moves[state.move]
  if (!move) return { ...state, phase: 'promoting' }
  return move.weight > 0 ? { ...state, phase: 'shifting' } : atGate(state)
}

/** Waits at a manual gate. An event tells people that they are needed. */
export const atGate = (state: RolloutState): RolloutState =>
  withDraft({ ...state, phase: 'gated' }, { kind: 'gate-reached', data: { weight: state.moves[state.move]?.weight ?? 0 } })

/** Continues with the next move. */
export const nextMove = (state: RolloutState): RolloutState =>
  enterMove({ ...state, move: state.move + 1, extraBakeMs: 0, reason: null })

/** The watch is over. Its hooks run while the old version is still warm, so that a failed one can revert the new version. */
export const endWatch = (plan: RolloutPlan, state: RolloutState): RolloutState =>
  plan.hooks.after.length > 0 ? { ...state, hooks: { moment: 'after', index: 0 } } : { ...state, phase: 'removing-old' }
