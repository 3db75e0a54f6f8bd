/** What is stable in an environment: what rollouts start from and revert to. */
import { sql } from 'kysely'
import type { Revision } from '../../../domain/plan/plan.ts'
import type { Sql } from '../database/database.ts'
import { jsonOf } from '../database/storable.ts'
import type { RolloutTurn } from './rollout-turns.ts'

export interface EnvironmentRow {
  readonly ref: string
  readonly stable: Revision | null
  readonly stableRelease: string | null
  readonly stableNumber: number | null
}

/** The caller holds the lock of its resource. */
export async function readEnvironment(tx: Sql, ref: string): Promise<EnvironmentRow> {
  const row = await tx.build
    .selectFrom('environment')
    .select(['stable', 'stable_release as stableRelease', 'stable_number as stableNumber'])
    .where('ref', '=', ref)
    .executeTakeFirst()
  if (!row) throw new Error(`no environment ${ref}`)
  return { ref, ...row }
}

/** The caller holds the lock of its resource. */
export async function writeStable(tx: Sql, { ref, plan, ordinal }: RolloutTurn, stable: Revision): Promise<void> {
  await tx.build
    .updateTable('environment')
    .set({
      stable: jsonOf(stable),
      stable_release: plan.release,
      stable_number: ordinal,
      stable_since: sql<Date>`now()`,
    })
    .where('ref', '=', ref)
    .execute()
}
