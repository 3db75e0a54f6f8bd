/** Smoke tests and hooks: the checks that a service's owner declares for the time before, between and after the moves. */
import { Context } from '@temporalio/activity'
import type { HookCall } from '../adapters/hook.ts'
import type { ActivityEvent } from '../adapters/postgres/rollouts/activity-events.ts'
import type { RolloutLease } from '../adapters/postgres/rollouts/rollout-ledger.ts'
import type { StepInput, StepResult } from '../domain/rollout/step-input.ts'
import type { Hook, HookMoment } from '../domain/plan/service.ts'
import type { Reason } from '../domain/rollout/reason.ts'
import type { Observation } from '../domain/rollout/rollout.ts'
import { isAskedToRevert } from '../domain/queue/turn.ts'
import { done, runStep } from './run-step.ts'
import type { AnalysisDependencies } from './dependencies.ts'
import { alive } from './heartbeats.ts'

type Dependencies = Pick<AnalysisDependencies, 'ledger' | 'target' | 'runHook'>

export interface HookInput extends StepInput {
  readonly moment: HookMoment
  readonly index: number
}

export const createCheckActivities = (dependencies: Dependencies) => ({
  /** Runs every smoke test of the plan against the new version directly. The first that fails reverts the rollout. */
  smoke: (input: StepInput): Promise<StepResult> =>
    runStep(dependencies.ledger, input, async ({ turn }) => {
      const target = dependencies.target(turn.plan.canary.target)
      const details: string[] = []
      for (const test of turn.plan.smoke) {
        const { ok, detail } = await alive(() => target.smoke(turn.plan.ref, turn.plan.canary.revision, test))
        details.push(detail)
        if (!ok) return { observation: failed('smoke-failed', detail), event: { kind: 'smoke-failed', data: { detail } } }
      }
      return { observation: done, event: { kind: 'smoke-passed', data: { details } } }
    }),

  /**
   * Calls one hook. When a hook that is not required fails, an event says so and the rollout continues. A rollout that is asked to revert
   * skips the hooks of the phases before the revert. An interrupted hook has no result, and is called again with the same key.
   */
  async hook(input: HookInput): Promise<StepResult> {
    const begun = await runStep(dependencies.ledger, input, async () => ({ observation: done, event: null }))
    if (begun.observation?.kind === 'turn-over') return begun
    if (isAskedToRevert(begun.pending) && input.phase !== 'reverting') return { observation: null, pending: begun.pending }
    const signal = Context.current().cancellationSignal
    return runStep(dependencies.ledger, input, async (lease) => {
      const hook = lease.turn.plan.hooks[input.moment][input.index]
      if (!hook) return { observation: done, event: null }
      const { artifact, target } = lease.turn.plan.canary
      const { ok, detail } = await alive(() =>
        dependencies.runHook(callOf(lease, hook, input), signal, artifact, dependencies.target(target)),
      )
      // Either the workflow cancelled the hook and has moved on, or this worker ends and the next attempt calls the hook again.
      if (signal.aborted) throw new Error('the hook was broken off')
      const { moment, index } = input
      const data = { moment, index, detail, required: hook.required }
      const event: ActivityEvent = ok ? { kind: 'hook-passed', data } : { kind: 'hook-failed', data }
      return { observation: ok || !hook.required ? done : failed('hook-failed', detail), event }
    })
  },
})

function callOf({ turn, fencingToken }: RolloutLease, hook: Hook, { moment, index, move, phase, reason }: HookInput): HookCall {
  const { ref, release, canary } = turn.plan
  return {
    hook,
    moment,
    idempotencyKey: `${turn.workflowId}#${fencingToken.token}.${moment}.${index}.${move}`,
    release,
    ...ref,
    version: canary.version,
    stableVersion: turn.stable?.version ?? null,
    phase,
    step: move + 1,
    weightPercent: turn.weight,
    reason: phase === 'reverting' ? reason : null,
  }
}

const failed = (code: Reason['code'], detail: string): Observation => ({ kind: 'failed', reason: { code, detail } })
