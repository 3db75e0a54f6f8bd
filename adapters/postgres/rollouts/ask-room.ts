/**
 * Writes requests to make room for a new plan to the rows of an environment's queue. `domain/queue/room-for.ts` decides which turns make
 * room.
 */
import type { Coming } from '../../../domain/queue/room-for.ts'
import { roomFor } from '../../../domain/queue/room-for.ts'
import type { Sql } from '../database/database.ts'
import { askTurn } from '../queue/turns.ts'
import type { RolloutTurn } from './rollout-turns.ts'

/** Returns the workflows that the caller wakes. @param queue the environment's queue, read under its lock */
export async function askRoom(tx: Sql, coming: Coming, queue: readonly RolloutTurn[]): Promise<readonly string[]> {
  const toWake: string[] = []
  for (const { turn, pending } of roomFor(coming, queue))
    if (await askTurn(tx, turn.workflowId, pending)) toWake.push(turn.workflowId)
  return toWake
}
