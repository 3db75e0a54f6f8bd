/** Events of a release or rollback, in pages. */
import type { StoredEvent } from './events.ts'
import { readEvents } from './events.ts'
import type { Database } from '../database/pool.ts'

export interface EventReads {
  /** At most `limit` events after `afterSeq`, in order. */
  after(subject: string, afterSeq: number, limit: number): Promise<readonly StoredEvent[]>
  /** Has the subject ended? Its last event is there then. Null: there is no such subject. */
  hasEnded(subject: string): Promise<boolean | null>
}

export const createEventReads = (db: Database): EventReads => ({
  after: (subject, afterSeq, limit) => readEvents(db, subject, afterSeq, limit),

  async hasEnded(subject) {
    const [row] = await db.query<{ ended: boolean }>(
      `select ended_at is not null as ended from release where id = $1 union all select ended_at is not null from rollback where id = $1`,
      [subject],
    )
    return row?.ended ?? null
  },
})
