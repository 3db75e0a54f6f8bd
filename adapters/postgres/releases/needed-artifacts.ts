/** Which artifacts something may still be started from: nobody removes those. */
import type { Sql } from '../database/pool.ts'

/** Per place, of the versions that were good before: a rollback may be asked to bring one of them back. */
const keptGood = 10

/** Digests of what is stable, of what is queued or on its way, and of what a way back may bring. */
export async function neededArtifacts(sql: Pick<Sql, 'query'>): Promise<readonly string[]> {
  const rows = await sql.query<{ artifact: string }>(
    `select stable->>'artifact' as artifact from environment where stable is not null
     union select plan->>'artifact' from release where ended_at is null
     union select plan->'canary'->>'artifact' from turn where state <> 'over'
     union select artifact from (
       select plan->'canary'->>'artifact' as artifact,
         row_number() over (partition by place order by max(release_number) desc) as newest
       from turn where state = 'over' and outcome = 'succeeded' group by place, plan->'canary'->>'artifact'
     ) good where newest <= $1`,
    [keptGood],
  )
  return rows.map(({ artifact }) => artifact)
}
