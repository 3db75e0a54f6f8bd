/** Events of a release or rollback: in order, in pages, by key and by kind. */
import { sql } from 'kysely'
import type { EventKind, StoredEvent } from '../../../domain/events/event.ts'
import type { ParseEvent } from './events.ts'
import { readEvents } from './events.ts'
import type { SubjectKind, SubjectRef } from '../../../domain/subject.ts'
import type { Newest } from '../database/newest.ts'
import type { Page, PageRequest } from '../database/page.ts'
import { foreignCursor, pageOf } from '../database/page.ts'
import type { Database } from '../database/database.ts'

/** A subject that ends, in the table of its kind. */
interface Ending extends SubjectRef {
  readonly kind: SubjectKind
}

export interface EventReads {
  /** At most `limit` events after `afterSeq`, in order. */
  after(subject: SubjectRef, afterSeq: number, limit: number): Promise<readonly StoredEvent[]>
  /** The events that have one of these keys, in no order. */
  withKeys(keys: readonly string[]): Promise<readonly StoredEvent[]>
  /** The newest events of these kinds, oldest first, and how many there are before them. One statement, however many events there are. */
  newest(subject: SubjectRef, kinds: readonly EventKind[], limit: number): Promise<Newest<StoredEvent>>
  /** In order, from where the previous page ended. @throws Problem invalid-input for a cursor of another list */
  page(subject: SubjectRef, page: PageRequest): Promise<Page<StoredEvent>>
  /** Has the subject ended? Then its last event is written. Null: there is no such subject. */
  hasEnded(subject: Ending): Promise<boolean | null>
}

/** @param parse the schema of stored events, which is in schema/ beside the schema of the wire */
export const createEventReads = (db: Database, parse: ParseEvent): EventReads => ({
  after: (subject, afterSeq, limit) => readEvents(db, parse, subject, afterSeq, limit),

  async withKeys(keys) {
    const rows = await db.build.selectFrom('event').select('body').where('key', '=', sql<string>`any(${keys})`).execute()
    return rows.map(({ body }) => parsed(parse, body))
  },

  async newest({ kind, id }, kinds, limit) {
    const rows = await db.build
      .selectFrom('event')
      .select(['body', sql<number>`(count(*) over ())::int`.as('count')])
      .where('subject_kind', '=', kind)
      .where('subject', '=', id)
      .where(sql<string>`convert_from(body, 'UTF8')::jsonb->>'kind'`, '=', sql<string>`any(${kinds})`)
      .orderBy('seq', 'desc')
      .limit(limit)
      .execute()
    return { items: rows.toReversed().map(({ body }) => parsed(parse, body)), more: (rows[0]?.count ?? 0) - rows.length }
  },

  async page(subject, { limit, after }) {
    const rows = await readEvents(db, parse, subject, seqOf(after), limit + 1)
    return pageOf(rows, limit, ({ seq }) => String(seq))
  },

  async hasEnded({ kind, id }) {
    const row = await db.build.selectFrom(kind).select('ended_at').where('id', '=', id).executeTakeFirst()
    return row ? row.ended_at !== null : null
  },
})

const parsed = (parse: ParseEvent, body: Buffer): StoredEvent => parse(JSON.parse(body.toString('utf8')))

function seqOf(after: string | undefined): number {
  if (after === undefined) return 0
  if (/^\d{1,9}$/.test(after)) return Number(after)
  throw foreignCursor()
}
