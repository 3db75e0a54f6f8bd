/** The fold of a rollout: the state after an observation. It never lowers the stable version's weight while it reverts. */
import type { Outcome, Request } from './phase.ts'
import { isLegal } from './phase.ts'
import { movesAtBegin } from './moves.ts'
import type { RolloutPlan } from '../plan/plan.ts'
import { answerRequest } from './request.ts'
import type { Reason } from './reason.ts'
import type { RolloutState, Observation, Step } from './rollout.ts'
import { cutShort, withDraft } from './rollout.ts'
import type { HookMoment } from '../plan/service.ts'
import { atGate, endWatch, enterMove, revert, nextMove } from './transition.ts'

/** The state after `step` led to this observation. A request that is no longer legal becomes an event and changes nothing else. */
export function advance(plan: RolloutPlan, state: RolloutState, step: Step, observation: Observation): RolloutState {
  if (observation.kind === 'request') return fold(plan, state, observation.request)
  if (observation.kind === 'turn-over')
    return { ...state, phase: 'ended', outcome: observation.outcome, recorded: 'ended', hooks: null, drafts: [] }
  // The request is in the row of the turn. After a signal, a wait writes its note again, and the activity returns the request.
  if (observation.kind === 'turn-signalled') return { ...state, queued: false, recorded: 'queued' }
  // A failed step has written nothing, so the next one writes its events. Events have keys, so even if it did write, no event is written
  // twice.
  if (observation.kind === 'failed') return failed(plan, cutShort(state), step, observation.reason)
  const acted = written(state, step)
  switch (step.kind) {
    case 'take-turn':
      return observation.kind === 'turn-taken' ? turnTaken(plan, acted, observation) : { ...acted, queued: true }
    case 'prepare':
      return withHooks(plan, { ...acted, started: true }, 'before')
    case 'hook':
      return observation.kind === 'verdict' ? judged(plan, { ...acted, hooks: null }, observation) : hookDone(plan, acted, step)
    case 'smoke':
      return begun(acted)
    case 'shift':
      return observation.kind === 'verdict' ? judged(plan, acted, observation) : shifted({ ...acted, weight: step.weight })
    case 'analyse':
      return observation.kind === 'verdict' ? judged(plan, acted, observation) : acted
    case 'revert-traffic':
      return withHooks(plan, { ...acted, weight: 0, trafficReverted: true }, 'afterRevert')
    case 'clean-up':
      return { ...acted, cleaned: true }
    case 'remove-old':
    case 'end':
      return { ...acted, phase: 'ended', outcome: outcomeOf(acted), recorded: 'ended' }
    case 'note':
    case 'await-turn':
    case 'await-request':
      return acted
  }
}

/** The outcome that the step `end` writes. */
export function outcomeOf(state: RolloutState): Outcome {
  if (state.outcome) return state.outcome
  if (state.phase === 'removing-old') return 'succeeded'
  switch (state.reason?.code) {
    case 'aborted':
    case 'cancelled':
    case 'accepted-as-is':
      return 'aborted'
    case 'superseded':
      return 'superseded'
    case 'nothing-to-do':
      return 'succeeded'
    default:
      return 'rolled-back'
  }
}

function fold(plan: RolloutPlan, state: RolloutState, request: Request): RolloutState {
  if (isInTime(state, request.kind) || isLegal(state.phase, request.kind)) return answerRequest(plan, state, request)
  const data = { request: request.kind, reason: request.reason, phase: state.phase }
  return withDraft(state, { kind: 'request-too-late', data }, request.actor)
}

/**
 * The request was accepted in the previous phase, which ended at that moment. Nothing of the present phase has begun, because the loop
 * folds requests first.
 */
const isInTime = ({ phase }: RolloutState, kind: Request['kind']): boolean =>
  (phase === 'promoting' && kind === 'pause') || (phase === 'removing-old' && kind === 'abort')

/** The transaction of the step wrote drafts and phase. The next step takes the next number of the fencing token. */
const written = (state: RolloutState, step: Step): RolloutState =>
  step.kind === 'await-turn' || step.kind === 'await-request'
    ? state
    : { ...state, step: state.step + 1, drafts: [], recorded: state.phase }

function failed(plan: RolloutPlan, state: RolloutState, step: Step, reason: Reason): RolloutState {
  if (reason.code === 'blind') return revertOrHold({ ...state, hooks: null }, reason)
  if (state.phase !== 'reverting')
    return step.kind === 'hook' ? revertOrHold({ ...state, hooks: null }, reason) : revert(state, reason)
  if (step.kind === 'hook') return hookDone(plan, state, step)
  // The outcome follows from why the rollout reverts. The new reason no longer says that, so it is fixed now.
  const outcome = outcomeOf(state)
  const waiting: RolloutState = {
    ...state,
    phase: 'needs-operator',
    outcome,
    reason: { ...reason, code: 'revert-failed' },
  }
  return withDraft(waiting, { kind: 'revert-failed', data: reason })
}

function turnTaken(
  plan: RolloutPlan,
  state: RolloutState,
  observation: Extract<Observation, { kind: 'turn-taken' }>,
): RolloutState {
  const { stable, stableReplicas, mustRestore } = observation
  const taken = { ...state, stable, stableReplicas, moves: movesAtBegin(plan, stable, stableReplicas) }
  if (plan.recoversLost) return revert(taken, { code: 'lost', detail: 'the rollout that had the turn was lost' })
  // The rollout has nothing to compare with and nothing to revert to, like a first release.
  if (mustRestore) {
    const data = { version: plan.canary.version, detail: 'it is stable already, but does not serve' }
    return withDraft({ ...taken, phase: 'starting', stable: null, moves: [] }, { kind: 'restoring', data })
  }
  if (stable?.revision === plan.canary.revision) {
    const reason: Reason = { code: 'nothing-to-do', detail: `${plan.canary.version} is stable already` }
    return { ...taken, phase: 'ended', reason }
  }
  if (observation.twin) {
    const { release, outcome } = observation.twin
    const detail = `${release}, the same version, was ${outcome === 'aborted' ? 'aborted' : 'rolled back'} while this one waited`
    const reason: Reason = { code: 'twin-reverted', detail }
    return withDraft({ ...taken, phase: 'gated', reason }, { kind: 'twin-reverted', data: { ...observation.twin, detail } })
  }
  return { ...taken, phase: 'starting' }
}

function withHooks(plan: RolloutPlan, state: RolloutState, moment: HookMoment): RolloutState {
  if (plan.hooks[moment].length > 0) return { ...state, hooks: { moment, index: 0 } }
  return afterHooks(plan, state, moment)
}

function hookDone(plan: RolloutPlan, state: RolloutState, { moment, index }: Step & { kind: 'hook' }): RolloutState {
  if (index + 1 < plan.hooks[moment].length) return { ...state, hooks: { moment, index: index + 1 } }
  return afterHooks(plan, { ...state, hooks: null }, moment)
}

function afterHooks(plan: RolloutPlan, state: RolloutState, moment: HookMoment): RolloutState {
  if (moment === 'before') return plan.smoke.length > 0 ? state : begun(state)
  if (moment === 'afterStep') return gateOrNext(state)
  if (moment === 'after') return { ...state, phase: 'removing-old' }
  return state
}

/** The version is ready and smoke-tested. The first move follows, or a pause that a person requested meanwhile. */
function begun(state: RolloutState): RolloutState {
  if (state.isPausePending) return { ...state, phase: 'paused', isPausePending: false }
  return enterMove(state)
}

function shifted(state: RolloutState): RolloutState {
  if (state.phase === 'promoting') return { ...state, phase: 'watching', extraBakeMs: 0 }
  return state.moves[state.move]?.bake ? { ...state, phase: 'baking' } : nextMove(state)
}

/** The step passed: its gate follows where one is declared, else the next move. */
const gateOrNext = (state: RolloutState): RolloutState => (state.moves[state.move]?.gate ? atGate(state) : nextMove(state))

function judged(
  plan: RolloutPlan,
  state: RolloutState,
  { verdict, detail }: Extract<Observation, { kind: 'verdict' }>,
): RolloutState {
  switch (verdict) {
    case 'fail':
    case 'blind':
      return revertOrHold(state, { code: verdict, detail })
    case 'dead':
      return revert(state, { code: verdict, detail })
    case 'both-bad':
    case 'split-broken':
      return hold(state, { code: verdict, detail })
    case 'pass':
      return withHooks(plan, state, 'afterStep')
    case 'inconclusive':
    case 'idle':
      return inconclusive(plan, state, detail)
    case 'over':
      if (state.phase === 'watching') return endWatch(plan, state)
      return revertOrHold(state, { code: 'max-hold', detail: 'no person decided while it was held' })
  }
}

/** A first release with all the traffic has nothing to revert to, so a person decides. */
const revertOrHold = (state: RolloutState, reason: Reason): RolloutState =>
  state.stable === null && state.weight === 100 ? hold(state, reason) : revert(state, reason)

/** A watch can be held too. The phase tells people that they are needed; `promote` then ends the watch. */
const hold = (state: RolloutState, reason: Reason): RolloutState =>
  withDraft({ ...state, phase: 'held', reason }, { kind: 'held', data: reason })

function inconclusive(plan: RolloutPlan, state: RolloutState, detail: string): RolloutState {
  switch (plan.analysis.onInconclusive) {
    case 'hold':
      return hold(state, { code: 'inconclusive', detail })
    case 'extend':
      return { ...state, extraBakeMs: state.extraBakeMs + (state.moves[state.move]?.bake?.maxMs ?? plan.analysis.maxHoldMs) }
    case 'rollback':
      return revert(state, { code: 'inconclusive', detail })
    case 'promote': {
      const reason: Reason = { code: 'promoted-without-proof', detail }
      return withHooks(plan, withDraft({ ...state, reason }, { kind: 'promoted-without-proof', data: { detail } }), 'afterStep')
    }
  }
}
