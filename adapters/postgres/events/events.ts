/** Events: canonical bytes with their actor, numbered per subject. An audit log can be sequenced from them later. */
import type { Actor } from '../../../domain/actor.ts'
import { canonicalBytes } from '../../../domain/digest.ts'
import type { Sql } from '../database/pool.ts'
import { storableJson } from '../database/storable.ts'

export interface NewEvent {
  /** What makes it happen once: a repeat of the key writes nothing. */
  readonly key: string
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

/** Appends those events to a subject that are not there yet, in order, under the subject's row lock. */
export async function appendEvents(tx: Sql, subject: string, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return
  const table = tableOf(subject)
  const [row] = await tx.query<{ events: number }>(`select events from ${table} where id = $1 for update`, [subject])
  if (!row) throw new Error(`no ${table} ${subject} to write events of`)
  const keys = events.map(({ key }) => key)
  const seen = new Set(
    (await tx.query<{ key: string }>('select key from event where key = any($1)', [keys])).map(({ key }) => key),
  )
  let seq = row.events
  for (const { key, kind, actor, at, data } of events) {
    if (seen.has(key)) continue
    seq += 1
    const body = canonicalBytes(storableJson({ subject, seq, kind, at: at.toISOString(), actor, data }))
    await tx.query('insert into event (subject, seq, key, body) values ($1, $2, $3, $4)', [subject, seq, key, body])
  }
  if (seq === row.events) return
  await tx.query(`update ${table} set events = $2 where id = $1`, [subject, seq])
  await tx.query(`select pg_notify('holdfast_event', $1)`, [subject])
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
