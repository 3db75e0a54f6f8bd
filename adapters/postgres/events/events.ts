/** Events: canonical bytes with their actor, numbered per subject. An audit log can be sequenced from them later. */
import { sql } from 'kysely'
import { canonicalBytes } from '../../../domain/digest.ts'
import type { NewEvent, StoredEvent, WrittenEvent } from '../../../domain/events/event.ts'
import type { SubjectRef } from '../../../domain/subject.ts'
import { subjectKey } from '../../../domain/subject.ts'
import type { Sql } from '../database/database.ts'
import { storableJson } from '../database/storable.ts'

/** Parses a stored event. @throws when its kind or data are unknown */
export type ParseEvent = (json: unknown) => StoredEvent

/** Inserts the subject's row, which counts its events. */
export async function insertSubject(tx: Sql, subject: SubjectRef): Promise<void> {
  await tx.build.insertInto('subject').values(subject).execute()
}

/** Appends the events that are not there yet, in order, under the subject's row lock, and notifies readers. */
export async function appendEvents(tx: Sql, of: SubjectRef, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return
  const { kind, id: subject } = of
  const row = await tx.build
    .selectFrom('subject')
    .select('events')
    .where('kind', '=', kind)
    .where('id', '=', subject)
    .forUpdate()
    .executeTakeFirst()
  if (!row) throw new Error(`no ${kind} ${subject} to write events of`)
  const keys = events.map(({ key }) => key)
  const known = await tx.build.selectFrom('event').select('key').where('key', '=', sql<string>`any(${keys})`).execute()
  const seen = new Set(known.map(({ key }) => key))
  let seq = row.events
  for (const { key, at, ...content } of events) {
    if (seen.has(key)) continue
    seq += 1
    const body = canonicalBytes(
      storableJson({ ...content, subjectKind: kind, subject, seq, at: at.toISOString() } satisfies WrittenEvent),
    )
    await tx.build.insertInto('event').values({ subject_kind: kind, subject, seq, key, body }).execute()
  }
  if (seq === row.events) return
  await tx.build.updateTable('subject').set({ events: seq }).where('kind', '=', kind).where('id', '=', subject).execute()
  await tx.build.selectNoFrom(sql`pg_notify('holdfast_event', ${subjectKey(of)})`.as('notified')).execute()
}

/** Events of a subject after `afterSeq`, in order. */
export async function readEvents(
  db: Sql,
  parse: ParseEvent,
  { kind, id }: SubjectRef,
  afterSeq: number,
  limit: number,
): Promise<readonly StoredEvent[]> {
  const rows = await db.build
    .selectFrom('event')
    .select('body')
    .where('subject_kind', '=', kind)
    .where('subject', '=', id)
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map(({ body }) => parse(JSON.parse(body.toString('utf8'))))
}
