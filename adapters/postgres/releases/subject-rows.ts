/** Releases and rollbacks as they are read: the row with its present or last turn, and the holder of the turn that it waits for. */
import { sql } from 'kysely'
import type { Actor } from '../../../domain/actor.ts'
import type { AnalysisStatus } from '../../../domain/analysis/status.ts'
import type { Move } from '../../../domain/rollout/moves.ts'
import type { Outcome, Phase } from '../../../domain/rollout/phase.ts'
import type { ReleasePlan, Revision, RolloutPlan } from '../../../domain/plan/plan.ts'
import type { Reason } from '../../../domain/rollout/reason.ts'
import type { TurnState } from '../../../domain/queue/turn.ts'
import type { SubjectKind } from '../../../domain/subject.ts'
import type { Sql } from '../database/database.ts'

/** The turn that people see of a release or rollback. */
export interface TurnRow {
  readonly workflowId: string
  readonly ref: string
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
  readonly analysis: AnalysisStatus | null
  /** When it was kept. */
  readonly lookedAt: Date | null
  /** The holder of the turn that this one waits for. */
  readonly holder: string | null
}

interface SubjectRow {
  readonly id: string
  readonly service: string
  readonly outcome: Outcome | null
  readonly reason: Reason | null
  readonly requestedBy: Actor
  readonly note: string | null
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly endedAt: Date | null
  readonly turn: TurnRow | null
}

export interface ReleaseRow extends SubjectRow {
  readonly number: number
  readonly version: string
  readonly plan: ReleasePlan
  readonly planDigest: string
  readonly reached: readonly string[]
  readonly retryOf: string | null
}

export interface RollbackRow extends SubjectRow {
  readonly environment: string
  readonly release: string
  readonly plan: RolloutPlan
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
  ref: string
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
  analysis: AnalysisStatus | null
  looked_at: string | null
  holder: string | null
}

export interface RawRelease extends RawSubject {
  number: number
  version: string
  plan: ReleasePlan
  plan_digest: string
  reached: readonly string[]
  retry_of: string | null
}

export interface RawRollback extends RawSubject {
  environment: string
  release_id: string
  plan: RolloutPlan
}

/** The unended turn first, else the last one; the rollback that recovers a lost rollout counts as its release's. */
const turnOf = (subject: SubjectKind) =>
  sql<{ t: RawTurn | null }>`(
  select to_jsonb(t) as t from (
    select turn.workflow_id, ref, kind, state, phase, phase_since, rollout.outcome, rollout.reason, rollout.plan, rollout.stable, weight, move, moves,
      (select status from analysis where analysis.workflow_id = turn.workflow_id) as analysis,
      (select updated_at from analysis where analysis.workflow_id = turn.workflow_id) as looked_at,
      case when state = 'waiting' then (select h.subject from turn h where h.resource = turn.resource and h.state = 'open') end as holder
    from turn join rollout using (workflow_id) where subject_kind = ${subject} and subject = s.id
    ${subject === 'release' ? orRecoversLost : sql``}
    order by (state <> 'over') desc, turn.id desc limit 1) t
)`.as('turns')

const orRecoversLost = sql`or (s.ended_at is null
  and subject_kind = 'rollback' and subject in (select b.id from rollback b where b.release_id = s.id and (b.plan->>'recoversLost')::boolean))`

const columns = [
  's.id',
  's.service',
  's.outcome',
  's.reason',
  's.requested_by',
  's.note',
  's.created_at',
  's.started_at',
  's.ended_at',
  'turns.t',
] as const
const sortedBy = sql<string>`s.created_at::text`.as('sorted_by')

export const releasesOf = ({ build }: Sql) =>
  build
    .selectFrom('release as s')
    .leftJoinLateral(turnOf('release'), (join) => join.onTrue())
    .select([...columns, sortedBy, 's.number', 's.version', 's.plan', 's.plan_digest', 's.reached', 's.retry_of'])

export const rollbacksOf = ({ build }: Sql) =>
  build
    .selectFrom('rollback as s')
    .leftJoinLateral(turnOf('rollback'), (join) => join.onTrue())
    .select([...columns, sortedBy, 's.environment', 's.release_id', 's.plan'])

export const releaseOf = (raw: RawRelease): ReleaseRow => ({
  ...subjectOf(raw),
  number: raw.number,
  version: raw.version,
  plan: raw.plan,
  planDigest: raw.plan_digest,
  reached: raw.reached,
  retryOf: raw.retry_of,
})

export const rollbackOf = (raw: RawRollback): RollbackRow => ({
  ...subjectOf(raw),
  environment: raw.environment,
  release: raw.release_id,
  plan: raw.plan,
})

const subjectOf = (raw: RawSubject): SubjectRow => ({
  id: raw.id,
  service: raw.service,
  outcome: raw.outcome,
  reason: raw.reason,
  requestedBy: raw.requested_by,
  note: raw.note,
  createdAt: raw.created_at,
  startedAt: raw.started_at,
  endedAt: raw.ended_at,
  turn: raw.t && turnRow(raw.t),
})

const turnRow = ({ workflow_id: workflowId, phase_since: since, looked_at: looked, ...raw }: RawTurn): TurnRow => ({
  ...raw,
  workflowId,
  phaseSince: new Date(since),
  lookedAt: looked === null ? null : new Date(looked),
})
