/** Reads releases and rollbacks, alone and in lists, with their verdicts and looks. */
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { z } from 'zod'
import type { Evidence } from '../../../domain/analysis/evidence.ts'
import type { LookRow } from '../../../domain/analysis/look-row.ts'
import type { VerdictKind } from '../../../domain/rollout/reason.ts'
import type { SubjectKind, SubjectRef } from '../../../domain/subject.ts'
import { subjectKinds } from '../../../domain/subject.ts'
import type { Newest } from '../database/newest.ts'
import type { Page, PageRequest } from '../database/page.ts'
import { foreignCursor, pageOf } from '../database/page.ts'
import type { Database } from '../database/database.ts'
import type { SubjectFilter } from './subject-filter.ts'
import { conditionsOf } from './subject-filter.ts'
import type { RawRelease, RawRollback, ReleaseRow, RollbackRow } from './subject-rows.ts'
import { releaseOf, releasesOf, rollbackOf, rollbacksOf } from './subject-rows.ts'

/** A verdict with its evidence. */
export interface VerdictRow {
  /** `<workflow id>#<token>.<step>` of the step that reached it. Its event has the same key. */
  readonly key: string
  readonly ref: string
  readonly at: Date
  readonly move: number
  readonly kind: VerdictKind
  readonly evidence: Evidence
}

export interface StoredLook {
  readonly ref: string
  readonly atMs: number
  readonly row: LookRow
}

export interface ReleaseQueries {
  release(id: string): Promise<ReleaseRow | undefined>
  /** Newest first. */
  releases(filter: SubjectFilter, page: PageRequest): Promise<Page<ReleaseRow>>
  rollback(id: string): Promise<RollbackRow | undefined>
  /** Newest first. */
  rollbacks(filter: SubjectFilter, page: PageRequest): Promise<Page<RollbackRow>>
  /** Releases and rollbacks in one list, newest first. */
  history(filter: SubjectFilter, page: PageRequest): Promise<Page<ReleaseRow | RollbackRow>>
  /** The newest, oldest first, and how many there are before them. */
  verdicts(subject: SubjectRef): Promise<Newest<VerdictRow>>
  /** After `sinceMs` (epoch), oldest first. @throws Problem invalid-input for a cursor of another list */
  looks(subject: SubjectRef, sinceMs: number, page: PageRequest): Promise<Page<StoredLook>>
  /** Kinds that have a subject with this id. */
  kindsOf(id: string): Promise<readonly SubjectKind[]>
}

/** A bound, because each extension and each hold ends in one more verdict, and people may request any number. */
const mostVerdicts = 200

export const createReleaseQueries = (db: Database): ReleaseQueries => ({
  async release(id) {
    const raw = await releasesOf(db).where('s.id', '=', id).executeTakeFirst()
    return raw && releaseOf(raw)
  },

  async releases(filter, page) {
    return shownPage(await releaseRows(db, filter, page), page, releaseOf)
  },

  async rollback(id) {
    const raw = await rollbacksOf(db).where('s.id', '=', id).executeTakeFirst()
    return raw && rollbackOf(raw)
  },

  async rollbacks(filter, page) {
    return shownPage(await rollbackRows(db, filter, page), page, rollbackOf)
  },

  async history(filter, page) {
    const [releases, rollbacks] = await Promise.all([releaseRows(db, filter, page), rollbackRows(db, filter, page)])
    // Instants as text keep the order of the database. A Date would lose the microseconds.
    const rows = [...releases, ...rollbacks].toSorted((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1))
    return shownPage(rows, page, (raw) => ('number' in raw ? releaseOf(raw) : rollbackOf(raw)))
  },

  async verdicts({ kind, id }) {
    const newest = await db.build
      .selectFrom('verdict as v')
      .innerJoin('turn', 'turn.workflow_id', 'v.workflow_id')
      .innerJoin('rollout', 'rollout.workflow_id', 'v.workflow_id')
      .select([
        'v.key',
        'rollout.ref',
        'v.at',
        'v.move',
        'v.kind',
        'v.evidence',
        sql<number>`(count(*) over ())::int`.as('count'),
      ])
      .where('turn.subject_kind', '=', kind)
      .where('turn.subject', '=', id)
      .orderBy('v.at', 'desc')
      .limit(mostVerdicts)
      .execute()
    const more = (newest[0]?.count ?? 0) - newest.length
    return { items: newest.toReversed().map(({ count: _, ...row }) => row), more }
  },

  async looks({ kind, id }, sinceMs, { limit, after }) {
    const rows = await db.build
      .selectFrom('look as l')
      .innerJoin('turn', 'turn.workflow_id', 'l.workflow_id')
      .innerJoin('rollout', 'rollout.workflow_id', 'l.workflow_id')
      .select(['rollout.ref', 'l.at_ms as atMs', 'l.row', 'l.workflow_id'])
      .where('turn.subject_kind', '=', kind)
      .where('turn.subject', '=', id)
      .where('l.at_ms', '>', sql<string>`${sinceMs}`)
      .where((eb) => eb.and(beyondLook(after)))
      .orderBy('l.at_ms')
      .orderBy('l.workflow_id')
      .limit(limit + 1)
      .execute()
    const { items, nextCursor } = pageOf(rows, limit, (row) => `${row.atMs} ${row.workflow_id}`)
    return { items: items.map(({ ref, row, atMs }) => ({ ref, row, atMs: Number(atMs) })), nextCursor }
  },

  async kindsOf(id) {
    const rows = await db.build.selectFrom('subject').select('kind').where('id', '=', id).execute()
    return subjectKinds.filter((kind) => rows.some((row) => row.kind === kind))
  },
})

const keyOf = (row: RawRelease | RawRollback): string => `${row.sorted_by} ${row.id}`

function shownPage<Raw extends RawRelease | RawRollback, Shown>(
  rows: readonly Raw[],
  { limit }: PageRequest,
  shown: (raw: Raw) => Shown,
): Page<Shown> {
  const { items, nextCursor } = pageOf(rows, limit, keyOf)
  return { items: items.map(shown), nextCursor }
}

/** Rows of a list after the previous page, one more than the limit. */
function releaseRows(db: Database, filter: SubjectFilter, { limit, after }: PageRequest): Promise<RawRelease[]> {
  const isIn = (environment: string) =>
    sql<boolean>`s.plan->'rollouts' @> jsonb_build_array(jsonb_build_object('ref', jsonb_build_object('environment', ${environment}::text)))`
  return releasesOf(db)
    .where((eb) => eb.and([...conditionsOf(filter, isIn), ...beyond(after)]))
    .orderBy('s.created_at', 'desc')
    .orderBy('s.id', 'desc')
    .limit(limit + 1)
    .execute()
}

const rollbackRows = (db: Database, filter: SubjectFilter, { limit, after }: PageRequest): Promise<RawRollback[]> =>
  rollbacksOf(db)
    .where((eb) => eb.and([...conditionsOf(filter, (name) => sql<boolean>`s.environment = ${name}`), ...beyond(after)]))
    .orderBy('s.created_at', 'desc')
    .orderBy('s.id', 'desc')
    .limit(limit + 1)
    .execute()

/** Only dates and zones that PostgreSQL accepts: it has no year 0 and no zone a day away. */
const listKey = /^([1-9]\d{3}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,6})?)(Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?) (\S+)$/

/** The rows after a cursor, which is the instant and id of the last row. @throws Problem invalid-input for a cursor that is not ours */
function beyond(after: string | undefined): RawBuilder<boolean>[] {
  if (after === undefined) return []
  const [, date, time, zone, id] = listKey.exec(after) ?? []
  if (id === undefined || !z.iso.datetime().safeParse(`${date}T${time}Z`).success) throw foreignCursor()
  const at = `${date}T${time}${zone}`
  return [sql`(s.created_at, s.id) < (${at}::timestamptz, ${id}::text)`]
}

/** Two environments may have looks of the same instant, so the cursor also has the workflow of the last one. */
function beyondLook(after: string | undefined): RawBuilder<boolean>[] {
  if (after === undefined) return []
  const [, atMs, workflowId] = /^(\d{1,15}) (\S+)$/.exec(after) ?? []
  if (workflowId === undefined) throw foreignCursor()
  return [sql`(l.at_ms, l.workflow_id) > (${atMs}::bigint, ${workflowId}::text)`]
}
