/** Smoke tests and hooks: what a service's owner wants asked before, between and after. */
import { heartbeat } from '@temporalio/activity'
import type { HookAnswer, HookCall } from '../adapters/hook.ts'
import type { ActInput, ActResult } from '../domain/act.ts'
import type { HookMoment } from '../domain/service.ts'
import type { Reason, Seen } from '../domain/rollout.ts'
import { act, done } from './act.ts'
import type { Doors } from './doors.ts'

export interface HookInput extends ActInput {
  readonly moment: HookMoment
  readonly index: number
}

/** Runs a hook. `ok: false` is its answer; an exception means it could not be asked. */
export type RunHook = (call: HookCall, stillHere: () => void) => Promise<HookAnswer>

export const createCheckActivities = (doors: Doors, runHook: RunHook) => ({
  /** Every smoke test of the plan, sent to the new version directly. The first that fails ends the rollout. */
  smoke: (input: ActInput): Promise<ActResult> =>
    act(doors, input, async ({ turn }) => {
      const target = doors.target(turn.plan.canary.target)
      const details: string[] = []
      for (const test of turn.plan.smoke) {
        heartbeat()
        const { ok, detail } = await target.smoke(turn.plan.place, turn.plan.canary.revision, test)
        details.push(detail)
        if (!ok) return { seen: failed('smoke-failed', detail), happened: { kind: 'smoke-failed', data: { detail } } }
      }
      return { seen: done, happened: { kind: 'smoke-passed', data: { details } } }
    }),

  /** One hook. One that is not required may fail: said in the events, and the rollout goes on. */
  hook: (input: HookInput): Promise<ActResult> =>
    act(doors, input, async ({ turn, fence }) => {
      const { moment, index } = input
      const hook = turn.plan.hooks[moment][index]
      if (!hook) return { seen: done, happened: null }
      const { plan } = turn
      const idempotencyKey = `${turn.workflowId}#${fence.turn}.${moment}.${index}.${input.move}`
      const call = {
        hook,
        moment,
        idempotencyKey,
        release: plan.release,
        place: turn.place,
        version: plan.canary.version,
        weight: turn.weight,
      }
      const { ok, detail } = await runHook(call, heartbeat)
      const happened = { kind: ok ? 'hook-passed' : 'hook-failed', data: { moment, index, detail, required: hook.required } }
      return { seen: ok || !hook.required ? done : failed('hook-failed', detail), happened }
    }),
})

const failed = (code: Reason['code'], detail: string): Seen => ({ kind: 'failed', reason: { code, detail } })
