/** One activity per step: which task queue it runs on, how long an attempt may take, and how long it is tried again. */
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow'
import type { ActActivities, AnalysisActivities } from '../activities/registry.ts'
import type { StepInput, StepResult } from '../domain/rollout/step-input.ts'
import { outcomeOf } from '../domain/rollout/advance.ts'
import type { RolloutPlan } from '../domain/plan/plan.ts'
import type { AnalysisMode, RolloutState, Step } from '../domain/rollout/rollout.ts'
import { stableAfter } from '../domain/rollout/stable-after.ts'
import { taskQueues } from '../domain/temporal-names.ts'
import { isOutOfTime } from './failure.ts'

/** The pause between attempts hardly grows, because traffic may be in the wrong place meanwhile. */
const retry = { initialInterval: '300ms', backoffCoefficient: 1.2, maximumInterval: '2s' } as const

/**
 * Quick effects. They never run on a queue with loops, because a revert must not wait for a slot. A heartbeat that is 2 s late means a lost
 * worker, so that a revert does not wait for the time limit of a dead one.
 */
const acting = (withinMs: number | null) =>
  proxyActivities<ActActivities>({
    taskQueue: taskQueues.act,
    startToCloseTimeout: '5s',
    heartbeatTimeout: '2s',
    ...(withinMs === null ? {} : { scheduleToCloseTimeout: withinMs }),
    retry,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  })

/**
 * Activities that loop or wait for another system. Every slot may be taken, or no worker may run: an activity that has not started after
 * `waitMs` has failed. Without a heartbeat for 2 s the worker counts as lost, so that another worker looks within 3 s. Heartbeats come
 * every 500 ms, so a slow worker counts as lost only when three in a row are late. Then the next attempt continues from the snapshot, with
 * one longer look. The first retry comes soon and later ones do not, because an activity that keeps failing does not mean a lost worker.
 */
const looping = (withinMs: number, waitMs: number) =>
  proxyActivities<AnalysisActivities>({
    taskQueue: taskQueues.analysis,
    startToCloseTimeout: withinMs,
    scheduleToStartTimeout: waitMs,
    heartbeatTimeout: '2s',
    retry: { initialInterval: '100ms', backoffCoefficient: 1.5, maximumInterval: '500ms' },
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  })

const marginMs = 60_000
/** No attempt of an analysis runs longer. The next attempt continues it. */
const longestMs = 30 * 24 * 3_600_000

/** @param lasts called once a step takes longer than its phase does as a rule */
export function perform(
  plan: RolloutPlan,
  state: RolloutState,
  step: Exclude<Step, { kind: 'await-turn' | 'await-request' }>,
  lasts: () => void,
): Promise<StepResult> {
  const { phase, move, drafts, reason } = state
  const input: StepInput = { step: state.step, phase, move, drafts, reason }
  const deadlineMs = plan.strategy.progressDeadlineMs
  switch (step.kind) {
    case 'take-turn':
      return acting(null).takeTurn(input)
    case 'note':
      return acting(null).note(input)
    case 'prepare':
      return acting(deadlineMs).prepare({ ...input, replicas: step.replicas })
    case 'shift':
      return quickShift(plan, input, step, (rest) => {
        lasts()
        return step.guarded ? Promise.race([rest(), analyse(plan, input, state, { kind: 'shift' })]) : rest()
      })
    case 'smoke':
      return looping(deadlineMs, deadlineMs).smoke(input)
    case 'hook':
      return step.guarded
        ? Promise.race([analyse(plan, input, state, { kind: 'guard' }), hook(plan, input, step)])
        : hook(plan, input, step)
    case 'analyse':
      return analyse(plan, input, state, step.mode)
    case 'remove-old':
      return acting(null).removeOld({ ...input, outcome: outcomeOf(state), stable: stableAfter(state) })
    case 'revert-traffic':
      return acting(plan.revertDeadlineMs).revertTraffic(input)
    case 'clean-up':
      return acting(plan.revertDeadlineMs).cleanUp(input)
    case 'end':
      return acting(null).endTurn({ ...input, outcome: outcomeOf(state), stable: stableAfter(state) })
  }
}

/** A canary without an analysis worker is treated as blind, like one whose metrics provider does not answer. */
const analyse = (plan: RolloutPlan, input: StepInput, { weight }: RolloutState, mode: AnalysisMode): Promise<StepResult> =>
  looping(longestMs, plan.analysis.maxBlindMs).analyse({ ...input, mode, weight })

/** Most changes of weight end within this time and need no analysis of their own. */
const quickMs = 3_000

/**
 * Gives a change of weight three seconds, then `andOn` with the rest of its deadline. Temporal's own timeout ends the first part, and costs
 * the history nothing where it does not fire. Both parts are one step under one fencing token. An attempt of the first part may still run
 * beside the second: it does the same, as any repeated attempt does.
 */
async function quickShift(
  { strategy }: RolloutPlan,
  input: StepInput,
  { weight, replicas }: Step & { kind: 'shift' },
  andOn: (rest: () => Promise<StepResult>) => Promise<StepResult>,
): Promise<StepResult> {
  const within = (ms: number) => acting(ms).shift({ ...input, weight, replicas })
  const restMs = strategy.progressDeadlineMs - quickMs
  if (restMs <= 0) return within(strategy.progressDeadlineMs)
  try {
    return await within(quickMs)
  } catch (error) {
    if (!isOutOfTime(error)) throw error
    return andOn(() => within(restMs))
  }
}

const hook = (plan: RolloutPlan, input: StepInput, { moment, index }: Step & { kind: 'hook' }): Promise<StepResult> =>
  looping((plan.hooks[moment][index]?.timeoutMs ?? 0) + marginMs, plan.analysis.maxBlindMs).hook({ ...input, moment, index })
