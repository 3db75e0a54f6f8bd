/** Events: canonical bytes with their actor, numbered per subject. An audit log can be sequenced from them later. */
import { sql } from 'kysely'
import { canonicalBytes } from '../../../domain/digest.ts'
import type { NewEvent, StoredEvent } from '../../../domain/events/event.ts'
import type { Sql } from '../database/pool.ts'
import { storableJson } from '../database/storable.ts'

/** Parses what is stored. @throws when it is none of the events there are */
export type ParseEvent = (json: unknown) => StoredEvent

/** A rollback's id has slashes, a release's has none. */
const tableOf = (subject: string): 'release' | 'rollback' => (subject.includes('/') ? 'rollback' : 'release')

/** Appends those events to a subject that are not there yet, in order, under the subject's row lock. */
export async function appendEvents(tx: Sql, subject: string, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return
  const table = tableOf(subject)
  const row = await tx.build.selectFrom(table).select('events').where('id', '=', subject).forUpdate().executeTakeFirst()
  if (!row) throw new Error(`no ${table} ${subject} to write events of`)
  const keys = events.map(({ key }) => key)
  const known = await tx.build.selectFrom('event').select('key').where('key', '=', sql<string>`any(${keys})`).execute()
  const seen = new Set(known.map(({ key }) => key))
  let seq = row.events
  for (const { key, at, ...said } of events) {
    if (seen.has(key)) continue
    seq += 1
    const body = canonicalBytes(storableJson({ ...said, subject, seq, at: at.toISOString() } satisfies StoredEvent))
    await tx.build.insertInto('event').values({ subject, seq, key, body }).execute()
  }
  if (seq === row.events) return
  await tx.build.updateTable(table).set({ events: seq }).where('id', '=', subject).execute()
  await tx.build.selectNoFrom(sql`pg_notify('holdfast_event', ${subject})`.as('notified')).execute()
}

/** Events of a subject after `afterSeq`, in order. */
export async function readEvents(
  db: Sql,
  parse: ParseEvent,
  subject: string,
  afterSeq: number,
  limit: number,
): Promise<readonly StoredEvent[]> {
  const rows = await db.build
    .selectFrom('event')
    .select('body')
    .where('subject', '=', subject)
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map(({ body }) => parse(JSON.parse(body.toString('utf8'))))
}
