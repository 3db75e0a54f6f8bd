/** Events: canonical bytes with their actor, numbered per subject. An audit log can be sequenced from them later. */
import type { Actor } from '../../domain/actor.ts'
import { canonicalBytes } from '../../domain/digest.ts'
import type { Sql } from './pool.ts'

export interface NewEvent {
  readonly kind: string
  readonly actor: Actor
  readonly at: Date
  readonly data: Readonly<Record<string, unknown>>
}

/** One event as stored and as the wire shows it. */
export interface StoredEvent {
  readonly subject: string
  readonly seq: number
  readonly kind: string
  readonly at: string
  readonly actor: Actor
  readonly data: Readonly<Record<string, unknown>>
}

const counters = { release: 'release', rollback: 'rollback' } as const

/** A rollback's id has slashes, a release's has none. */
const tableOf = (subject: string): string => (subject.includes('/') ? counters.rollback : counters.release)

/**
 * Appends events to a subject under its row's lock. `key` makes it happen once: a repeat of the same key writes nothing.
 * Returns whether the events were new.
 */
export async function appendEvents(tx: Sql, subject: string, key: string, events: readonly NewEvent[]): Promise<boolean> {
  if (events.length === 0) return true
  const table = tableOf(subject)
  const [row] = await tx.query<{ events: number }>(`select events from ${table} where id = $1 for update`, [subject])
  if (!row) throw new Error(`no ${table} ${subject} to write events of`)
  const [seen] = await tx.query('select 1 from event where key = $1', [`${key}.0`])
  if (seen) return false
  let seq = row.events
  for (const [index, { kind, actor, at, data }] of events.entries()) {
    seq += 1
    const body = canonicalBytes({ subject, seq, kind, at: at.toISOString(), actor, data })
    await tx.query('insert into event (subject, seq, key, body) values ($1, $2, $3, $4)', [subject, seq, `${key}.${index}`, body])
  }
  await tx.query(`update ${table} set events = $2 where id = $1`, [subject, seq])
  await tx.query(`select pg_notify('holdfast_event', $1)`, [subject])
  return true
}

/** Events of a subject after `afterSeq`, in order. */
export async function readEvents(db: Sql, subject: string, afterSeq: number, limit: number): Promise<readonly StoredEvent[]> {
  const rows = await db.query<{ body: Buffer }>('select body from event where subject = $1 and seq > $2 order by seq limit $3', [
    subject,
    afterSeq,
    limit,
  ])
  return rows.map(({ body }) => JSON.parse(body.toString('utf8')) as StoredEvent)
}
