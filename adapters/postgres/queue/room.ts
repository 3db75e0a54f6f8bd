/** Room for a rollout: what it asks of those that are before it at its place. Who acts is told by the row; a signal only hastens. */
import { placeKey } from '../../../domain/identity.ts'
import type { RolloutPlan } from '../../../domain/plan/plan.ts'
import type { Asked } from '../../../domain/queue/turn.ts'
import type { Sql } from '../database/pool.ts'
import type { TurnRow } from './turns.ts'
import { askTurn, queueOf } from './turns.ts'

/** Rollouts of older releases at its place, oldest first: in a later environment a newer one may be there already. */
export const rolloutsBefore = async (tx: Sql, { place, releaseNumber }: RolloutPlan): Promise<readonly TurnRow[]> =>
  (await queueOf(tx, placeKey(place))).filter((turn) => turn.kind === 'rollout' && turn.releaseNumber < releaseNumber)

/** Answers the workflows that were asked. */
export async function askRoom(tx: Sql, rollout: RolloutPlan, before: readonly TurnRow[]): Promise<readonly string[]> {
  const asked: string[] = []
  for (const turn of before) {
    const what = roomAsked(rollout, turn)
    if (what && (await askTurn(tx, turn.workflowId, what))) asked.push(turn.workflowId)
  }
  return asked
}

/** A watch that has not begun is cut short once it does. */
const roomAsked = ({ onBusy, now }: RolloutPlan, turn: TurnRow): Asked | null => {
  if (now && (turn.phase === 'watching' || onBusy !== 'supersede')) return 'cut-short'
  return onBusy === 'supersede' ? 'supersede' : null
}
