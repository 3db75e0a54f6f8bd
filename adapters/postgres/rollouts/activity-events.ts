/** The events that the activities of a rollout write. */
import { systemActor } from '../../../domain/actor.ts'
import type { EventWhere, NewEvent, StepEvent } from '../../../domain/events/event.ts'
import { besideKey, stepKey } from '../../../domain/queue/fencing-token.ts'
import type { StepInput } from '../../../domain/rollout/step-input.ts'
import type { Lease } from '../queue/lease.ts'
import type { RolloutTurn } from './rollout-turns.ts'

/** What happened in a step, as the event of the step itself. */
export type ActivityEvent = StepEvent & {
  /** True for what happens beside a step, under the step's number: it gets an event of its own. */
  readonly isBeside?: boolean
}

/** The step's own event is keyed by the step, and a draft by its count. So each is written once, however often the step is repeated. */
export function eventsOf(
  { turn, fencingToken }: Lease<RolloutTurn>,
  input: Pick<StepInput, 'drafts' | 'step'>,
  event: ActivityEvent | null,
): readonly NewEvent[] {
  const at = new Date()
  const where = whereOf({ turn, fencingToken: { ...fencingToken, step: input.step } })
  const system = systemActor(turn.kind)
  const drafts = input.drafts.map(({ n, actor, ...content }): NewEvent => {
    const key = `${turn.workflowId}#${fencingToken.token}.d${n}`
    return { ...content, key, actor: actor ?? system, at, where }
  })
  if (!event) return drafts
  const own = stepKey({ ...fencingToken, step: input.step })
  const { isBeside, ...content } = event
  return [...drafts, { ...content, key: isBeside ? besideKey(own) : own, actor: system, at, where }]
}

/** The rollout and step that an event of the holder belongs to. */
export const whereOf = ({ turn: { plan, workflowId }, fencingToken: { token, step } }: Lease<RolloutTurn>): EventWhere => ({
  environment: plan.ref.environment,
  workflowId,
  token,
  step,
})
