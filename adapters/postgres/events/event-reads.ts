/** Events of a release or rollback, in pages. */
import type { StoredEvent } from '../../../domain/events/event.ts'
import type { ParseEvent } from './events.ts'
import { readEvents } from './events.ts'
import type { SubjectKind, SubjectRef } from '../../../domain/subject.ts'
import type { Database } from '../database/pool.ts'

/** A subject that ends, in the table of its kind. */
interface Ending extends SubjectRef {
  readonly kind: SubjectKind
}

export interface EventReads {
  /** At most `limit` events after `afterSeq`, in order. */
  after(subject: SubjectRef, afterSeq: number, limit: number): Promise<readonly StoredEvent[]>
  /** Has the subject ended? Its last event is there then. Null: there is no such subject. */
  hasEnded(subject: Ending): Promise<boolean | null>
}

/** @param parse the schema of events, which stands where the wire's does */
export const createEventReads = (db: Database, parse: ParseEvent): EventReads => ({
  after: (subject, afterSeq, limit) => readEvents(db, parse, subject, afterSeq, limit),

  async hasEnded({ kind, id }) {
    const row = await db.build.selectFrom(kind).select('ended_at').where('id', '=', id).executeTakeFirst()
    return row ? row.ended_at !== null : null
  },
})
