/**
 * A plan that comes to an environment asks for room in the rows of the queue. `domain/queue/room-for.ts` decides who makes room for whom.
 */
import type { Coming } from '../../../domain/queue/room-for.ts'
import { roomFor } from '../../../domain/queue/room-for.ts'
import type { Sql } from '../database/database.ts'
import { askTurn } from '../queue/turns.ts'
import type { RolloutTurn } from './rollout-turns.ts'

/** @param queue of the environment, read under its lock. Answers the workflows that are to be woken. */
export async function askRoom(tx: Sql, coming: Coming, queue: readonly RolloutTurn[]): Promise<readonly string[]> {
  const toWake: string[] = []
  for (const { turn, pending } of roomFor(coming, queue))
    if (await askTurn(tx, turn.workflowId, pending)) toWake.push(turn.workflowId)
  return toWake
}
