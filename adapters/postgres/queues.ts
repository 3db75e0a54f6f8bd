/** Queues of places, for people: who has the turn, who waits, in order. */
import { nextTurn } from '../../domain/turn.ts'
import type { Database } from './pool.ts'
import type { TurnRow } from './turns.ts'
import { queueOf } from './turns.ts'

export interface Queues {
  /** The open turn first, then those that wait, in the order they will be granted. */
  of(place: string): Promise<readonly TurnRow[]>
}

export const createQueues = (db: Database): Queues => ({
  async of(place) {
    const turns = await queueOf(db, place)
    const waiting = turns.filter(({ state }) => state === 'waiting')
    const ordered: TurnRow[] = turns.filter(({ state }) => state === 'open')
    for (let next = nextTurn(waiting); next; next = nextTurn(waiting)) ordered.push(...waiting.splice(waiting.indexOf(next), 1))
    return ordered
  },
})
