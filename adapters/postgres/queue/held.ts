/** A turn as a workflow run holds it, and the events that its acts write. */
import { systemActor } from '../../../domain/actor.ts'
import type { ActInput } from '../../../domain/rollout/act.ts'
import type { Fence } from '../../../domain/queue/fence.ts'
import type { EventDraft } from '../../../domain/rollout/rollout.ts'
import type { NewEvent } from '../events/events.ts'
import type { TurnRow } from './turns.ts'

/** The workflow run that acts. */
export interface Run {
  readonly workflowId: string
  readonly runId: string
}

/** A turn as the acting run holds it. */
export interface Held {
  readonly turn: TurnRow
  readonly fence: Fence
}

/** What happened, as an event of the act's own. */
export interface Happened {
  readonly kind: string
  readonly data: Readonly<Record<string, unknown>>
  /** True for what happens beside an act under the act's own step: it has an event of its own. */
  readonly isBeside?: boolean
}

/** The act's own event carries its step, the drafts their count: both are written once, whatever is repeated. */
export function eventsOf(
  { turn, fence }: Held,
  input: Pick<ActInput, 'drafts' | 'step'>,
  happened: Happened | null,
): readonly NewEvent[] {
  const at = new Date()
  const where = { place: turn.place, workflowId: turn.workflowId, turn: fence.turn, step: input.step }
  const system = systemActor(turn.kind)
  const key = `${turn.workflowId}#${fence.turn}`
  const drafts = input.drafts.map((draft: EventDraft) => ({
    key: `${key}.d${draft.n}`,
    kind: draft.kind,
    actor: draft.actor ?? system,
    at,
    data: { ...draft.data, ...where },
  }))
  if (!happened) return drafts
  const own = happened.isBeside ? `${key}.${input.step}.beside` : `${key}.${input.step}`
  return [...drafts, { key: own, kind: happened.kind, actor: system, at, data: { ...happened.data, ...where } }]
}
