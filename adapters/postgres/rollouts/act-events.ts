/** The events that the activities of a rollout write. */
import { systemActor } from '../../../domain/actor.ts'
import { stepKey } from '../../../domain/queue/fence.ts'
import type { ActInput } from '../../../domain/rollout/act.ts'
import type { EventDraft } from '../../../domain/rollout/rollout.ts'
import type { NewEvent } from '../events/events.ts'
import type { Lease } from '../queue/lease.ts'
import type { RolloutTurn } from './rollout-turns.ts'

/** What happened, as an event of the act's own. */
export interface Happened {
  readonly kind: string
  readonly data: Readonly<Record<string, unknown>>
  /** True for what happens beside an act under the act's own step: it has an event of its own. */
  readonly isBeside?: boolean
}

/** The act's own event carries its step, the drafts their count: both are written once, whatever is repeated. */
export function eventsOf(
  { turn, fence }: Lease<RolloutTurn>,
  input: Pick<ActInput, 'drafts' | 'step'>,
  happened: Happened | null,
): readonly NewEvent[] {
  const at = new Date()
  const where = { place: turn.place, workflowId: turn.workflowId, turn: fence.turn, step: input.step }
  const system = systemActor(turn.kind)
  const drafts = input.drafts.map((draft: EventDraft) => ({
    key: `${turn.workflowId}#${fence.turn}.d${draft.n}`,
    kind: draft.kind,
    actor: draft.actor ?? system,
    at,
    data: { ...draft.data, ...where },
  }))
  if (!happened) return drafts
  const own = stepKey({ ...fence, step: input.step })
  const key = happened.isBeside ? `${own}.beside` : own
  return [...drafts, { key, kind: happened.kind, actor: system, at, data: { ...happened.data, ...where } }]
}
