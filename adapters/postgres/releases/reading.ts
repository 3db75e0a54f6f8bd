/** Releases and rollbacks as they are read: the row, the turn that is under way (or was last), and whose turn it waits for. */
import { Problem } from '../../../domain/problem.ts'
import type { Actor } from '../../../domain/actor.ts'
import type { Move } from '../../../domain/rollout/moves.ts'
import type { Outcome, Phase } from '../../../domain/rollout/phase.ts'
import type { ReleasePlan, Revision, RolloutPlan } from '../../../domain/plan/plan.ts'
import type { Reason } from '../../../domain/rollout/rollout.ts'
import type { TurnState } from '../../../domain/queue/turn.ts'
import type { Page, PageRequest } from '../database/page.ts'
import { pageOf } from '../database/page.ts'
import type { Database } from '../database/pool.ts'
import type { SubjectFilter } from './subject-filter.ts'
import { filterSql, filterValues } from './subject-filter.ts'

/** The turn that people see of a release or rollback. */
export interface TurnReading {
  readonly workflowId: string
  readonly place: string
  readonly kind: 'rollout' | 'rollback'
  readonly state: TurnState
  readonly phase: Phase
  readonly phaseSince: Date
  readonly outcome: Outcome | null
  readonly reason: Reason | null
  readonly plan: RolloutPlan
  readonly stable: Revision | null
  readonly weight: number
  readonly move: number
  readonly moves: readonly Move[]
  /** Status of the analysis as last kept. */
  readonly analysis: unknown
  /** When it was kept. */
  readonly lookedAt: Date | null
  /** Who has the turn this one waits for. */
  readonly holder: string | null
}

interface SubjectReading {
  readonly id: string
  readonly service: string
  readonly outcome: Outcome | null
  readonly reason: Reason | null
  readonly requestedBy: Actor
  readonly note: string | null
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly endedAt: Date | null
  readonly turn: TurnReading | null
}

export interface ReleaseReading extends SubjectReading {
  readonly number: number
  readonly version: string
  readonly plan: ReleasePlan
  readonly planDigest: string
  readonly reached: readonly string[]
  readonly retryOf: string | null
}

export interface RollbackReading extends SubjectReading {
  readonly environment: string
  readonly release: string
  readonly plan: RolloutPlan
}

/** A verdict with what it rested on. */
export interface VerdictReading {
  /** `<workflow id>#<turn>.<step>` of the act that it was said in, which its event has too. */
  readonly key: string
  readonly workflowId: string
  readonly at: Date
  readonly move: number
  readonly kind: string
  readonly evidence: unknown
}

export interface LookReading {
  readonly workflowId: string
  readonly atMs: number
  readonly row: unknown
}

export interface Reading {
  release(id: string): Promise<ReleaseReading | undefined>
  /** Newest first. */
  releases(filter: SubjectFilter, page: PageRequest): Promise<Page<ReleaseReading>>
  rollback(id: string): Promise<RollbackReading | undefined>
  /** Newest first. */
  rollbacks(filter: SubjectFilter, page: PageRequest): Promise<Page<RollbackReading>>
  /** Releases and rollbacks in one list, newest first. */
  history(filter: SubjectFilter, page: PageRequest): Promise<Page<ReleaseReading | RollbackReading>>
  verdicts(subject: string): Promise<readonly VerdictReading[]>
  /** At most `limit` looks after `sinceMs` (epoch), oldest first. */
  looks(subject: string, sinceMs: number, limit: number): Promise<readonly LookReading[]>
}

interface RawSubject {
  id: string
  /** Creation with microseconds: what lists are sorted by. */
  sorted_by: string
  service: string
  outcome: Outcome | null
  reason: Reason | null
  requested_by: Actor
  note: string | null
  created_at: Date
  started_at: Date | null
  ended_at: Date | null
  t: RawTurn | null
}

interface RawTurn {
  workflow_id: string
  place: string
  kind: 'rollout' | 'rollback'
  state: TurnState
  phase: Phase
  phase_since: string
  outcome: Outcome | null
  reason: Reason | null
  plan: RolloutPlan
  stable: Revision | null
  weight: number
  move: number
  moves: readonly Move[]
  analysis: unknown
  looked_at: string | null
  holder: string | null
}

interface RawRelease extends RawSubject {
  number: number
  version: string
  plan: ReleasePlan
  plan_digest: string
  reached: readonly string[]
  retry_of: string | null
}

interface RawRollback extends RawSubject {
  environment: string
  release_id: string
  plan: RolloutPlan
}

/** The unended turn first, else the last one; the rollback that brings a lost rollout home counts as its release's. */
const turnOf = (subject: 'release' | 'rollback'): string => `left join lateral (
  select to_jsonb(t) as t from (
    select turn.workflow_id, place, kind, state, phase, phase_since, outcome, turn.reason, turn.plan, stable, weight, move, moves,
      (select status from analysis where analysis.workflow_id = turn.workflow_id) as analysis,
      (select updated_at from analysis where analysis.workflow_id = turn.workflow_id) as looked_at,
      case when state = 'waiting' then (select h.subject from turn h where h.place = turn.place and h.state = 'open') end as holder
    from turn where subject = s.id
    ${subject === 'release' ? `or (s.ended_at is null and subject in (select b.id from rollback b where b.release_id = s.id and (b.plan->>'bringsHome')::boolean))` : ''}
    order by (state <> 'over') desc, turn.id desc limit 1) t
) turns on true`

const subjectColumns =
  's.id, s.created_at::text as sorted_by, s.service, s.outcome, s.reason, s.requested_by, s.note, s.created_at, s.started_at, s.ended_at'
const releaseSql = `select ${subjectColumns}, s.number, s.version, s.plan, s.plan_digest, s.reached, s.retry_of, turns.t from release s ${turnOf('release')}`
const rollbackSql = `select ${subjectColumns}, s.environment, s.release_id, s.plan, turns.t from rollback s ${turnOf('rollback')}`

export const createReading = (db: Database): Reading => ({
  async release(id) {
    const [raw] = await db.query<RawRelease>(`${releaseSql} where s.id = $1`, [id])
    return raw && releaseOf(raw)
  },

  async releases(filter, page) {
    return shownPage(await releaseRows(db, filter, page), page, releaseOf)
  },

  async rollback(id) {
    const [raw] = await db.query<RawRollback>(`${rollbackSql} where s.id = $1`, [id])
    return raw && rollbackOf(raw)
  },

  async rollbacks(filter, page) {
    return shownPage(await rollbackRows(db, filter, page), page, rollbackOf)
  },

  async history(filter, page) {
    const [releases, rollbacks] = await Promise.all([releaseRows(db, filter, page), rollbackRows(db, filter, page)])
    // As text the instants have the order that the database sorts by, which a Date's milliseconds would lose.
    const rows = [...releases, ...rollbacks].toSorted((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1))
    return shownPage(rows, page, (raw) => ('number' in raw ? releaseOf(raw) : rollbackOf(raw)))
  },

  async verdicts(subject) {
    const rows = await db.query<{ key: string; workflow_id: string; at: Date; move: number; kind: string; evidence: unknown }>(
      `select v.key, v.workflow_id, v.at, v.move, v.kind, v.evidence from verdict v join turn using (workflow_id)
       where turn.subject = $1 order by v.at`,
      [subject],
    )
    return rows.map(({ workflow_id: workflowId, ...verdict }) => ({ workflowId, ...verdict }))
  },

  async looks(subject, sinceMs, limit) {
    const rows = await db.query<{ workflow_id: string; at_ms: string; row: unknown }>(
      `select l.workflow_id, l.at_ms, l.row from look l join turn using (workflow_id)
       where turn.subject = $1 and l.at_ms > $2 order by l.at_ms limit $3`,
      [subject, sinceMs, limit],
    )
    return rows.map(({ workflow_id: workflowId, at_ms: atMs, row }) => ({ workflowId, atMs: Number(atMs), row }))
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

const listed = (sql: string, isIn: string): string => `${sql} where ${filterSql(isIn)}
  and ($10::timestamptz is null or (s.created_at, s.id) < ($10, $11)) order by s.created_at desc, s.id desc limit $12`

const listParameters = (filter: SubjectFilter, { limit, after }: PageRequest): unknown[] => [
  ...filterValues(filter),
  ...splitKey(after),
  limit + 1,
]

const releaseRows = (db: Database, filter: SubjectFilter, page: PageRequest): Promise<RawRelease[]> =>
  db.query<RawRelease>(
    listed(
      releaseSql,
      `s.plan->'rollouts' @> jsonb_build_array(jsonb_build_object('place', jsonb_build_object('environment', $4)))`,
    ),
    listParameters(filter, page),
  )

const rollbackRows = (db: Database, filter: SubjectFilter, page: PageRequest): Promise<RawRollback[]> =>
  db.query<RawRollback>(listed(rollbackSql, 's.environment = $4'), listParameters(filter, page))

const listKey = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d(?::?\d\d)?)) (\S+)$/

/** Cursor of the list of releases: instant and id of the last row. @throws Problem invalid-input where it is none of ours */
function splitKey(after: string | undefined): readonly [string | null, string | null] {
  if (after === undefined) return [null, null]
  const [, at, id] = listKey.exec(after) ?? []
  if (at === undefined || id === undefined || Number.isNaN(Date.parse(at)))
    throw new Problem('invalid-input', 'this cursor is not one of this list', { hint: 'take nextCursor as it was answered' })
  return [at, id]
}

const releaseOf = (raw: RawRelease): ReleaseReading => ({
  ...subjectOf(raw),
  number: raw.number,
  version: raw.version,
  plan: raw.plan,
  planDigest: raw.plan_digest,
  reached: raw.reached,
  retryOf: raw.retry_of,
})

const rollbackOf = (raw: RawRollback): RollbackReading => ({
  ...subjectOf(raw),
  environment: raw.environment,
  release: raw.release_id,
  plan: raw.plan,
})

const subjectOf = (raw: RawSubject): SubjectReading => ({
  id: raw.id,
  service: raw.service,
  outcome: raw.outcome,
  reason: raw.reason,
  requestedBy: raw.requested_by,
  note: raw.note,
  createdAt: raw.created_at,
  startedAt: raw.started_at,
  endedAt: raw.ended_at,
  turn: raw.t && turnReading(raw.t),
})

const turnReading = ({ workflow_id: workflowId, phase_since: since, looked_at: looked, ...raw }: RawTurn): TurnReading => ({
  ...raw,
  workflowId,
  phaseSince: new Date(since),
  lookedAt: looked === null ? null : new Date(looked),
})
