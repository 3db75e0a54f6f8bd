/** Looks are for charts: old ones are kept further apart. */
import { sql } from 'kysely'
import { thin } from '../../../domain/analysis/look-row.ts'
import type { Database } from '../database/database.ts'

/** Deletes the looks of a rollout that are not worth keeping at `nowMs`. Answers how many. */
export async function thinLooks(db: Database, workflowId: string, nowMs: number): Promise<number> {
  const of = db.build.selectFrom('look').select('at_ms').where('workflow_id', '=', workflowId)
  const rows = (await of.orderBy('at_ms').execute()).map(({ at_ms }) => ({ atMs: Number(at_ms) }))
  const kept = new Set(thin(rows, nowMs))
  // Deleted one by one: a running analysis may meanwhile keep looks that are older than this moment.
  const dropped = rows.filter((row) => !kept.has(row)).map(({ atMs }) => atMs)
  if (dropped.length === 0) return 0
  const { numDeletedRows } = await db.build
    .deleteFrom('look')
    .where('workflow_id', '=', workflowId)
    .where(sql<boolean>`at_ms = any(${dropped}::bigint[])`)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
