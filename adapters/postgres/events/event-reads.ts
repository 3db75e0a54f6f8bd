/** Events of a release or rollback, in pages. */
import type { StoredEvent } from '../../../domain/events/event.ts'
import type { ParseEvent } from './events.ts'
import { readEvents } from './events.ts'
import type { SubjectKind, SubjectRef } from '../../../domain/subject.ts'
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
  /** All events in order, a page at a time, so that only one page is in memory. */
  pages(subject: SubjectRef): AsyncIterable<readonly StoredEvent[]>
  /** In order, from where the previous page ended. @throws Problem invalid-input for a cursor of another list */
  page(subject: SubjectRef, page: PageRequest): Promise<Page<StoredEvent>>
  /** Has the subject ended? Then its last event is written. Null: there is no such subject. */
  hasEnded(subject: Ending): Promise<boolean | null>
}

const pageSize = 500

/** @param parse the schema of stored events, which is in schema/ beside the schema of the wire */
export const createEventReads = (db: Database, parse: ParseEvent): EventReads => ({
  after: (subject, afterSeq, limit) => readEvents(db, parse, subject, afterSeq, limit),

  async *pages(subject) {
    for (let afterSeq: number | undefined = 0; afterSeq !== undefined; ) {
      const events: readonly StoredEvent[] = await readEvents(db, parse, subject, afterSeq, pageSize)
      if (events.length > 0) yield events
      afterSeq = events.length < pageSize ? undefined : events.at(-1)?.seq
    }
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

function seqOf(after: string | undefined): number {
  if (after === undefined) return 0
  if (/^\d{1,9}$/.test(after)) return Number(after)
  throw foreignCursor()
}
