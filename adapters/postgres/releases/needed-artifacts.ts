/** Artifacts that something may still be started from. The pruner keeps them. */
import { sql } from 'kysely'
import type { Sql } from '../database/database.ts'

/** How many earlier good versions of each environment are kept, because a rollback may bring one of them back. */
const keptGood = 10

/** The digests of stable versions, of versions that are queued or in flight, and of those that a rollback may bring back. */
export async function neededArtifacts({ build }: Pick<Sql, 'build'>): Promise<readonly string[]> {
  const ofCanary = sql<string>`plan->'canary'->>'artifact'`
  const good = build
    .selectFrom('turn')
    .innerJoin('rollout', 'rollout.workflow_id', 'turn.workflow_id')
    .select(ofCanary.as('artifact'))
    .select(sql<number>`row_number() over (partition by ref order by max(ordinal) desc)`.as('newest'))
    .where('state', '=', 'over')
    .where('outcome', '=', 'succeeded')
    .groupBy(['ref', ofCanary])
  const rows = await build
    .selectFrom('environment')
    .select(sql<string>`stable->>'artifact'`.as('artifact'))
    .where('stable', 'is not', null)
    .union(build.selectFrom('release').select(sql<string>`plan->>'artifact'`.as('artifact')).where('ended_at', 'is', null))
    .union(build.selectFrom('rollout').select(ofCanary.as('artifact')).where('outcome', 'is', null))
    .union(build.selectFrom(good.as('good')).select('good.artifact').where('good.newest', '<=', keptGood))
    .execute()
  return rows.map(({ artifact }) => artifact)
}
