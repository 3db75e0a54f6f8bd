/**
 * The tables as statements see them: what each column returns, what it takes, and whether a value may be missing. A test compares them with
 * the migrated schema.
 */
import type { ColumnType, Generated } from 'kysely'
import type { Actor } from '../../../domain/actor.ts'
import type { Evidence } from '../../../domain/analysis/evidence.ts'
import type { Snapshot } from '../../../domain/analysis/snapshot.ts'
import type { LookRow } from '../../../domain/analysis/look-row.ts'
import type { AnalysisStatus } from '../../../domain/analysis/status.ts'
import type { ReleasePlan, Revision, RolloutPlan } from '../../../domain/plan/plan.ts'
import type { Service } from '../../../domain/plan/service.ts'
import type { PendingRequest, TurnState } from '../../../domain/queue/turn.ts'
import type { Move } from '../../../domain/rollout/moves.ts'
import type { Outcome, Phase } from '../../../domain/rollout/phase.ts'
import type { Reason, VerdictKind } from '../../../domain/rollout/reason.ts'
import type { JsonText } from './storable.ts'

/** JSON is written by `jsonOf` and by nothing else: the compiler refuses every other text. */
export type Json<T> = ColumnType<T, JsonText<T>, JsonText<T>>
type JsonWithDefault<T> = ColumnType<T, JsonText<T> | undefined, JsonText<T>>
/** PostgreSQL generates the value. No statement writes it. */
type Made<T> = ColumnType<T, never, never>
/** Returned as text, because a JavaScript number cannot hold every bigint. */
type BigInteger = ColumnType<string, number, number>

export interface Tables {
  service: ServiceTable
  environment: EnvironmentTable
  version: VersionTable
  release: ReleaseTable
  rollback: RollbackTable
  resource: ResourceTable
  turn: TurnTable
  rollout: RolloutTable
  subject: SubjectRowTable
  event: EventTable
  analysis: AnalysisTable
  look: LookTable
  verdict: VerdictTable
  phase_span: PhaseSpanTable
  failed_requests: FailedRequestsTable
  api_key: ApiKeyTable
  console_link: ConsoleLinkTable
  console_session: ConsoleSessionTable
  idempotency: IdempotencyTable
  rate_bucket: RateBucketTable
  one_time: OneTimeTable
}

interface RateBucketTable {
  client: string
  policy: string
  full_at: Date
  forget_at: Date
}

interface OneTimeTable {
  name: string
  until: Date
}

interface ServiceTable {
  name: string
  declaration: Json<Service>
  declaration_digest: string
  next_release: Generated<number>
  next_rollback: Generated<number>
  removed_at: Date | null
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

interface EnvironmentTable {
  service: string
  name: string
  ref: Made<string>
  stable: Json<Revision> | null
  stable_release: string | null
  stable_number: number | null
  stable_since: Date | null
}

interface VersionTable {
  service: string
  version: string
  artifact: string
}

/** What release and rollback have in common. */
interface SubjectTable {
  id: string
  service: string
  outcome: Outcome | null
  reason: Json<Reason> | null
  requested_by: Json<Actor>
  note: string | null
  created_at: Generated<Date>
  started_at: Date | null
  ended_at: Date | null
}

interface ReleaseTable extends SubjectTable {
  number: number
  version: string
  plan: Json<ReleasePlan>
  plan_digest: string
  reached: JsonWithDefault<readonly string[]>
  retry_of: string | null
}

interface RollbackTable extends SubjectTable {
  environment: string
  release_id: string
  plan: Json<RolloutPlan>
}

interface ResourceTable {
  id: string
  last_token: Generated<number>
}

/** The queue knows no kind of work. What a kind shows while it runs is a table of its own. */
interface TurnTable {
  workflow_id: string
  id: Made<string>
  resource: string
  kind: string
  subject_kind: string
  subject: string
  rank: number
  ordinal: number
  state: Generated<TurnState>
  pending: PendingRequest | null
  token: number | null
  step: Generated<number>
  run_id: string | null
  over_at: Date | null
}

interface RolloutTable {
  workflow_id: string
  ref: string
  plan: Json<RolloutPlan>
  phase: Generated<Phase>
  phase_since: Generated<Date>
  weight: Generated<number>
  move: Generated<number>
  moves: JsonWithDefault<readonly Move[]>
  stable: Json<Revision> | null
  outcome: Outcome | null
  reason: Json<Reason> | null
}

interface SubjectRowTable {
  kind: string
  id: string
  events: Generated<number>
}

interface EventTable {
  subject_kind: string
  subject: string
  seq: number
  key: string
  body: Buffer
}

interface AnalysisTable {
  workflow_id: string
  epoch: Generated<number>
  state: Json<Snapshot> | null
  status: Json<AnalysisStatus> | null
  updated_at: Generated<Date>
}

interface LookTable {
  workflow_id: string
  at_ms: BigInteger
  row: Json<LookRow>
}

interface VerdictTable {
  key: string
  workflow_id: string
  at: Generated<Date>
  move: number
  kind: VerdictKind
  evidence: Json<Evidence>
}

interface PhaseSpanTable {
  id: Made<string>
  phase: Phase | 'reverted'
  seconds: number
}

interface FailedRequestsTable {
  workflow_id: string
  estimate: number
}

interface ApiKeyTable {
  id: string
  owner: Json<Actor>
  scopes: readonly string[]
  mac: Buffer
  pepper_version: number
  created_at: Generated<Date>
  expires_at: Date
  revoked_at: Date | null
  last_used_at: Date | null
}

interface ConsoleLinkTable {
  code_digest: Buffer
  actor: Json<Actor>
  scopes: readonly string[]
  expires_at: Date
  key_id: string | null
}

interface ConsoleSessionTable {
  token_digest: Buffer
  actor: Json<Actor>
  scopes: readonly string[]
  expires_at: Date
  key_id: string | null
  last_used_at: Date | null
}

interface IdempotencyTable {
  actor: string
  route: string
  key: string
  body_digest: string
  status: number | null
  location: string | null
  answer: Buffer | null
  created_at: Generated<Date>
}
