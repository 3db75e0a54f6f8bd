/** Thins out old looks, because charts need fewer of them. */
import { sql } from 'kysely'
import { thin } from '../../../domain/analysis/look-row.ts'
import type { Database } from '../database/database.ts'

interface Look {
  readonly atMs: number
}

/**
 * Deletes the looks of a rollout that are not worth keeping at `nowMs`, oldest first. Each call reads the next `most` looks and returns how
 * many there were: fewer at the end. No statement reads or deletes more. Page by page keeps what one pass would keep, because a later look
 * can only make an earlier one superfluous.
 */
export function lookThinner(db: Database, workflowId: string, nowMs: number, most: number): () => Promise<number> {
  let kept: readonly Look[] = []
  let last: Look | undefined
  return async () => {
    const page = await looksAfter(db, workflowId, last, most)
    const rows = [...kept, ...page]
    kept = thin(rows, nowMs)
    last = page.at(-1)
    const stays = new Set(kept)
    const dropped = rows.filter((row) => !stays.has(row)).map(({ atMs }) => atMs)
    for (let from = 0; from < dropped.length; from += most) await deleteLooks(db, workflowId, dropped.slice(from, from + most))
    return page.length
  }
}

async function looksAfter(db: Database, workflowId: string, after: Look | undefined, most: number): Promise<readonly Look[]> {
  const rows = await db.build
    .selectFrom('look')
    .select('at_ms')
    .where('workflow_id', '=', workflowId)
    .where((eb) => eb.and(after ? [eb('at_ms', '>', sql<string>`${after.atMs}`)] : []))
    .orderBy('at_ms')
    .limit(most)
    .execute()
  return rows.map(({ at_ms }) => ({ atMs: Number(at_ms) }))
}

/** One by one, not a range: a running analysis may meanwhile keep looks that are older than this moment. */
async function deleteLooks(db: Database, workflowId: string, atMs: readonly number[]): Promise<void> {
  await db.build
    .deleteFrom('look')
    .where('workflow_id', '=', workflowId)
    .where(sql<boolean>`at_ms = any(${atMs}::bigint[])`)
    .execute()
}
