/** Queues of places, for people: who has the turn, who waits, in order. */
import type { Outcome } from '../../../domain/rollout/phase.ts'
import type { Reason } from '../../../domain/rollout/rollout.ts'
import type { TurnKind } from '../../../domain/queue/turn.ts'
import { nextTurn } from '../../../domain/queue/turn.ts'
import type { Database } from '../database/pool.ts'
import type { TurnRow } from './turns.ts'
import { queueOf } from './turns.ts'

export interface Queues {
  /** The open turn first, then those that wait, in the order they will be granted. */
  of(place: string): Promise<readonly TurnRow[]>
  /** The turn that ended last. */
  last(place: string): Promise<EndedTurn | undefined>
  /** Has this version ever had or asked for a turn there? */
  knows(place: string, version: string): Promise<boolean>
}

export interface EndedTurn {
  readonly subject: string
  readonly kind: TurnKind
  readonly version: string
  readonly outcome: Outcome
  readonly reason: Reason | null
  readonly endedAt: Date | null
}

export const createQueues = (db: Database): Queues => ({
  async of(place) {
    const turns = await queueOf(db, place)
    const waiting = turns.filter(({ state }) => state === 'waiting')
    const ordered: TurnRow[] = turns.filter(({ state }) => state === 'open')
    for (let next = nextTurn(waiting); next; next = nextTurn(waiting)) ordered.push(...waiting.splice(waiting.indexOf(next), 1))
    return ordered
  },

  async last(place) {
    const [row] = await db.query<EndedTurn>(
      `select subject, kind, plan->'canary'->>'version' as version, coalesce(outcome, 'aborted') as outcome, reason, over_at as "endedAt"
       from turn where place = $1 and state = 'over' order by over_at desc nulls last, id desc limit 1`,
      [place],
    )
    return row
  },

  async knows(place, version) {
    const rows = await db.query(`select 1 from turn where place = $1 and plan->'canary'->>'version' = $2 limit 1`, [
      place,
      version,
    ])
    return rows.length > 0
  },
})
