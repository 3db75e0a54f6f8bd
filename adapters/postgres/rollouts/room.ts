/** What comes to a place asks for room in the rows of the queue. Who makes room for whom is decided by `domain/queue/room.ts`. */
import type { Coming } from '../../../domain/queue/room.ts'
import { roomFor } from '../../../domain/queue/room.ts'
import type { Sql } from '../database/pool.ts'
import { askTurn } from '../queue/turns.ts'
import type { RolloutTurn } from './rollout-turns.ts'

/** @param queue of the place, read under its lock. Answers the workflows that were asked. */
export async function askRoom(tx: Sql, coming: Coming, queue: readonly RolloutTurn[]): Promise<readonly string[]> {
  const asked: string[] = []
  for (const { turn, asked: what } of roomFor(coming, queue))
    if (await askTurn(tx, turn.workflowId, what)) asked.push(turn.workflowId)
  return asked
}
