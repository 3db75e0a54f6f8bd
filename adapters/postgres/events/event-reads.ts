/** Events of a release or rollback, in pages. */
import type { StoredEvent } from '../../../domain/events/event.ts'
import type { ParseEvent } from './events.ts'
import { readEvents } from './events.ts'
import type { Database } from '../database/pool.ts'

export interface EventReads {
  /** At most `limit` events after `afterSeq`, in order. */
  after(subject: string, afterSeq: number, limit: number): Promise<readonly StoredEvent[]>
  /** Has the subject ended? Its last event is there then. Null: there is no such subject. */
  hasEnded(subject: string): Promise<boolean | null>
}

/** @param parse the schema of events, which stands where the wire's does */
export const createEventReads = (db: Database, parse: ParseEvent): EventReads => ({
  after: (subject, afterSeq, limit) => readEvents(db, parse, subject, afterSeq, limit),

  async hasEnded(subject) {
    const endOf = (table: 'release' | 'rollback') => db.build.selectFrom(table).select('ended_at').where('id', '=', subject)
    const row = await endOf('release').unionAll(endOf('rollback')).executeTakeFirst()
    return row ? row.ended_at !== null : null
  },
})
