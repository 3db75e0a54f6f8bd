/** What was accepted and whether Temporal has confirmed its start: what the API marks and the sweeper makes good. */
import type { ReleasePlan, RolloutPlan } from '../../../domain/plan/plan.ts'
import type { Actor } from '../../../domain/actor.ts'
import type { Database } from '../database/pool.ts'

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
    const table = kind === 'release' ? 'release' : 'rollback'
    await db.query(`update ${table} set started_at = now() where id = $1 and started_at is null`, [id])
  },

  async unstarted(olderThanMs) {
    const due = `where started_at is null and ended_at is null and created_at < now() - make_interval(secs => $1) order by created_at limit 200`
    const seconds = olderThanMs / 1_000
    const releases = await db.query<{ plan: ReleasePlan }>(`select plan from release ${due}`, [seconds])
    const rollbacks = await db.query<{ plan: RolloutPlan; requested_by: Actor }>(
      `select plan, requested_by from rollback ${due}`,
      [seconds],
    )
    return {
      releases: releases.map(({ plan }) => plan),
      rollbacks: rollbacks.map((row) => ({ plan: row.plan, requestedBy: row.requested_by })),
    }
  },
})
