/** Queues of environments, for people: the open turn, and those that wait, in order. */
import { sql } from 'kysely'
import { parseEnvironmentRef } from '../../../domain/identity.ts'
import type { Outcome } from '../../../domain/rollout/phase.ts'
import { outcomeOfOver } from '../../../domain/rollout/phase.ts'
import type { Reason } from '../../../domain/rollout/reason.ts'
import type { TurnKind } from '../../../domain/queue/kinds.ts'
import { resourceKey } from '../../../domain/queue/resource.ts'
import type { Database } from '../database/database.ts'
import type { RolloutTurn } from './rollout-turns.ts'
import { queueInOrder, queueLength } from './rollout-turns.ts'

export interface Queues {
  /** The open turn first, then those that wait, in the order in which they will be granted. */
  of(ref: string): Promise<readonly RolloutTurn[]>
  /** The first turns, at most `most`, and how many more there are. */
  head(ref: string, most: number): Promise<QueueHead>
  /** The turn that ended last. */
  last(ref: string): Promise<EndedTurn | undefined>
  /** Has this version ever held or asked for a turn there? */
  knows(ref: string, version: string): Promise<boolean>
}

export interface QueueHead {
  readonly turns: readonly RolloutTurn[]
  readonly more: number
}

export interface EndedTurn {
  readonly subject: string
  readonly kind: TurnKind
  readonly version: string
  readonly outcome: Outcome
  readonly reason: Reason | null
  readonly endedAt: Date | null
}

const version = sql<string>`plan->'canary'->>'version'`

export const createQueues = (db: Database): Queues => ({
  of: (ref) => queueInOrder(db, parseEnvironmentRef(ref)),

  async head(ref, most) {
    const turns = await queueInOrder(db, parseEnvironmentRef(ref), most)
    if (turns.length < most) return { turns, more: 0 }
    return { turns, more: (await queueLength(db, parseEnvironmentRef(ref))) - turns.length }
  },

  async last(ref) {
    const row = await db.build
      .selectFrom('turn')
      .innerJoin('rollout', 'rollout.workflow_id', 'turn.workflow_id')
      .select(sql<TurnKind>`kind`.as('kind'))
      .select(['subject', version.as('version'), 'outcome', 'reason', 'over_at as endedAt'])
      .where('resource', '=', resourceKey('environment', ref))
      .where('state', '=', 'over')
      .orderBy('over_at', (order) => order.desc().nullsLast())
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst()
    return row && { ...row, outcome: outcomeOfOver(row.outcome) }
  },

  async knows(ref, label) {
    const known = db.build.selectFrom('rollout').select('workflow_id').where('ref', '=', ref).where(version, '=', label)
    return (await known.limit(1).executeTakeFirst()) !== undefined
  },
})
