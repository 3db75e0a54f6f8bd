/** What was accepted, and whether Temporal has confirmed its start. The API marks it, and the sweeper starts the rest. */
import { sql } from 'kysely'
import type { ReleasePlan, RolloutPlan } from '../../../domain/plan/plan.ts'
import type { Actor } from '../../../domain/actor.ts'
import type { Database } from '../database/database.ts'

export interface Unstarted {
  readonly releases: readonly ReleasePlan[]
  readonly rollbacks: readonly { readonly plan: RolloutPlan; readonly requestedBy: Actor }[]
}

export interface Starts {
  markStarted(kind: 'release' | 'rollback', id: string): Promise<void>
  /** Accepted more than `olderThanMs` ago, not started, not ended. */
  unstarted(olderThanMs: number): Promise<Unstarted>
}

export const createStarts = (db: Database): Starts => ({
  async markStarted(kind, id) {
    await db.build
      .updateTable(kind)
      .set({ started_at: sql<Date>`now()` })
      .where('id', '=', id)
      .where('started_at', 'is', null)
      .execute()
  },

  async unstarted(olderThanMs) {
    const due = <Table extends 'release' | 'rollback'>(table: Table) =>
      db.build
        .selectFrom<'release' | 'rollback'>(table)
        .where('started_at', 'is', null)
        .where('ended_at', 'is', null)
        .where('created_at', '<', sql<Date>`now() - make_interval(secs => ${olderThanMs / 1_000})`)
        .orderBy('created_at')
        .limit(200)
    const releases = await due('release').select('plan').$castTo<{ plan: ReleasePlan }>().execute()
    const rollbacks = await due('rollback')
      .select(['plan', 'requested_by as requestedBy'])
      .$castTo<{ plan: RolloutPlan; requestedBy: Actor }>()
      .execute()
    return { releases: releases.map(({ plan }) => plan), rollbacks }
  },
})
