/** One release or rollback in one environment. It decides, acts and folds until traffic is where it will stay. */
import {
  CancellationScope,
  condition,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import type { StepResult, RolloutEnd } from '../domain/rollout/step-input.ts'
import { systemActor } from '../domain/actor.ts'
import { advance } from '../domain/rollout/advance.ts'
import type { Phase, Request } from '../domain/rollout/phase.ts'
import { assertLegal, legalRequests, outcomeOfOver, waitsIn } from '../domain/rollout/phase.ts'
import type { RolloutPlan } from '../domain/plan/plan.ts'
import type { VerdictKind } from '../domain/rollout/reason.ts'
import type { RolloutState, Observation, Step } from '../domain/rollout/rollout.ts'
import { beginRollout, cutShort, isEnd, nextStep } from '../domain/rollout/rollout.ts'
import type { PendingRequest } from '../domain/queue/turn.ts'
import { perform } from './perform.ts'
import { failureOf, refuse } from './failure.ts'
import { wakeSignal, requestUpdate, stateQuery } from './messages.ts'
import { phaseAttribute, verdictAttribute } from './attributes.ts'
import { consoleLink } from './console-link.ts'

export async function rollout(plan: RolloutPlan): Promise<RolloutEnd> {
  let state = beginRollout()
  let shown: Shown = { phase: state.phase, verdict: null }
  let verdict: VerdictKind | null = null
  let woken = false
  const inbox: Request[] = []
  const asking = (request: Request) => {
    inbox.push(request)
    return { phase: state.phase }
  }
  setHandler(stateQuery, () => state)
  setHandler(wakeSignal, () => {
    woken = true
  })
  setHandler(requestUpdate, asking, {
    validator: (request) => refuse(() => assertLegal(withInbox(plan, state, inbox).phase, request.kind)),
  })
  // A cancel request is an abort like any other, because a revert must not be cancelled.
  CancellationScope.current().cancelRequested.catch(() =>
    inbox.push({ kind: 'abort', actor: systemActor('temporal'), reason: 'cancelled in Temporal', because: 'cancelled' }),
  )
  await CancellationScope.nonCancellable(async () => {
    while (!isEnd(state)) {
      state = withInbox(plan, state, inbox.splice(0))
      if (isEnd(state)) break
      shown = show(plan, state, verdict, shown, passing.includes(state.phase))
      const step = nextStep(plan, state)
      // A signal that comes while the workflow asks for its turn or notes a wait is news for the wait that follows.
      if (step.kind !== 'await-turn' && step.kind !== 'await-request') woken = false
      // A signal does not cut in on taking the turn, which would then be taken twice, with two events.
      const signalled = () => woken && step.kind !== 'take-turn'
      const { observation, pending } = await firstOf(
        plan,
        state,
        step,
        () => signalled() || inbox.some((request) => cutsIn(step, request)),
        () => {
          shown = show(plan, state, verdict, shown, false)
        },
      )
      if (observation?.kind === 'verdict') verdict = observation.verdict
      const next = observation ? advance(plan, state, step, observation) : cutShort(state)
      inbox.push(...requestsOf(pending, next))
      state = next
    }
  })
  show(plan, state, verdict, shown, false)
  return { outcome: outcomeOfOver(state.outcome), reason: state.reason }
}

/**
 * The result of the step, or nothing once something cuts in. The activity that is left behind is cancelled, and its late writes are refused
 * by its fencing token.
 */
async function firstOf(
  plan: RolloutPlan,
  state: RolloutState,
  step: Step,
  cut: () => boolean,
  lasts: () => void,
): Promise<StepResult> {
  if (step.kind === 'await-turn' || step.kind === 'await-request') {
    await condition(cut)
    // A person's request is in the inbox already. A signal means that the row holds news, which the next activity reads.
    return { observation: { kind: 'turn-signalled' }, pending: null }
  }
  const scope = new CancellationScope()
  const acting = scope.run(() => perform(plan, state, step, lasts)).catch((error: unknown) => failedStep(state, step, error))
  const result = await Promise.race([acting, condition(cut).then(() => null)])
  // A guarded step and its guard run side by side. The one that answers first leaves the other behind.
  if (result === null || ('guarded' in step && step.guarded)) scope.cancel()
  return result ?? { observation: null, pending: null }
}

function failedStep(state: RolloutState, step: Step, error: unknown): StepResult {
  if (isCancellation(error)) return { observation: null, pending: null }
  const observation: Observation = { kind: 'failed', reason: failureOf(state, step, error) }
  return { observation, pending: null }
}

/**
 * Every request cuts in on an analysis, a guarded hook and a wait. An abort cuts in on every step that rolls a version out. Nothing cuts in
 * on a revert.
 */
function cutsIn(step: Step, { kind }: Request): boolean {
  switch (step.kind) {
    case 'analyse':
    case 'await-turn':
    case 'await-request':
      return true
    case 'prepare':
    case 'shift':
    case 'smoke':
      return kind === 'abort'
    case 'hook':
      return step.guarded || kind === 'abort'
    default:
      return false
  }
}

const withInbox = (plan: RolloutPlan, state: RolloutState, inbox: readonly Request[]): RolloutState =>
  inbox.reduce((folded, request) => advance(plan, folded, nextStep(plan, folded), { kind: 'request', request }), state)

/** The request of the queue in the row of the turn, as requests to the loop. */
function requestsOf(pending: PendingRequest | null, state: RolloutState): readonly Request[] {
  if (!pending) return []
  const kind = pending === 'cut-short' ? 'promote' : 'abort'
  const wanted =
    pending === 'cut-short'
      ? state.phase === 'watching' && state.hooks === null
      : legalRequests(state.phase).some((legal) => legal === kind)
  if (!wanted) return []
  const because =
    pending === 'cut-short'
      ? { because: 'cut-short' as const }
      : pending === 'supersede'
        ? { because: 'superseded' as const }
        : {}
  return [{ kind, actor: systemActor('queue'), reason: null, ...because }]
}

interface Shown {
  readonly phase: Phase
  readonly verdict: VerdictKind | null
}

/**
 * Phases that usually last a moment. Each change of the attributes is an event of the history, so the attributes skip such a phase unless
 * it lasts.
 */
const passing: readonly Phase[] = ['shifting', 'promoting']

/** What Temporal's UI shows: phase and last verdict to filter by, and in words where the rollout is and what it waits for. */
function show(plan: RolloutPlan, state: RolloutState, verdict: VerdictKind | null, before: Shown, isPassing: boolean): Shown {
  const { phase, weight, reason } = state
  const waits = waitsIn[phase] ? `, waits for ${waitsIn[phase]}` : ''
  const why = reason ? ` (${reason.code}: ${reason.detail})` : ''
  const where = `**${plan.canary.version}** in ${plan.ref.environment}: ${phase} at ${weight} %${waits}${why}`
  setCurrentDetails(`${where}${consoleLink(plan)}`)
  if (isPassing) return before
  const news = [
    ...(before.phase === phase ? [] : [{ key: phaseAttribute, value: phase }]),
    ...(before.verdict === verdict ? [] : [{ key: verdictAttribute, value: verdict }]),
  ]
  if (news.length > 0) upsertSearchAttributes(news)
  return { phase, verdict }
}
