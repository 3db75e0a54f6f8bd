/**
 * The baseline of `postgres.ts`: four operations as they were before statements were built, as text that is not
 * prepared.
 */
import type pg from 'pg'
import { inStatement } from '../adapters/postgres/database/in-statement.ts'
import { jsonOf, storable, storableJson } from '../adapters/postgres/database/storable.ts'
import type { Run } from '../adapters/postgres/queue/lease.ts'
import { eventsOf } from '../adapters/postgres/rollouts/activity-events.ts'
import type { RolloutLease } from '../adapters/postgres/rollouts/rollout-ledger.ts'
import type { RolloutTurn } from '../adapters/postgres/rollouts/rollout-turns.ts'
import type { Snapshot } from '../domain/analysis/snapshot.ts'
import type { LookRow } from '../domain/analysis/look-row.ts'
import type { AnalysisStatus } from '../domain/analysis/status.ts'
import { canonicalBytes } from '../domain/digest.ts'
import type { NewEvent, StepEvent } from '../domain/events/event.ts'
import { environmentKey } from '../domain/identity.ts'
import type { ReleaseInput } from '../domain/plan/plan-release.ts'
import { planDigest, planRelease } from '../domain/plan/plan-release.ts'
import type { Service } from '../domain/plan/service.ts'
import { environmentOrder } from '../domain/plan/service.ts'
import type { Charge } from '../domain/rate-limit.ts'
import { secondsPerToken } from '../domain/rate-limit.ts'
import type { StepInput } from '../domain/rollout/step-input.ts'

type Ask = <Row extends object>(text: string, values?: readonly unknown[]) => Promise<Row[]>

const askOf =
  (client: pg.Pool | pg.PoolClient): Ask =>
  async <Row extends object>(text: string, values?: readonly unknown[]) =>
    (await inStatement(text, () => client.query<Row>(text, values?.map(storable)))).rows

async function transaction<T>(pool: pg.Pool, work: (ask: Ask) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  const ask = askOf(client)
  await ask('begin')
  const result = await work(ask)
  await ask('commit')
  client.release()
  return result
}

const turns = `select turn.workflow_id, resource, kind, subject_kind, subject, rank, ordinal, state, pending, token, step, run_id,
  ref, plan, phase, outcome, stable, weight from turn join rollout on rollout.workflow_id = turn.workflow_id`

export const textAccept = (pool: pg.Pool, declared: Service, releaseInput: ReleaseInput) =>
  transaction(pool, async (ask) => {
    const { name } = declared
    const ref = environmentKey({ service: name, environment: environmentOrder(declared)[0]?.name ?? '' })
    const resource = `environment:${ref}`
    await ask('select last_token from resource where id = $1 for update', [resource])
    const [taken] = await ask<{ declaration: Service; number: number }>(
      `update service set next_release = next_release + 1 where name = $1 and removed_at is null returning declaration, next_release - 1 as number`,
      [name],
    )
    if (!taken) throw new Error(`no service ${name}`)
    const plan = planRelease(taken.declaration, taken.number, releaseInput)
    const { release, version, artifact, retryOf, requestedBy, note } = plan
    const [rollout] = plan.rollouts
    if (!rollout) throw new Error('a release has a rollout')
    await ask('insert into version (service, version, artifact) values ($1, $2, $3) on conflict do nothing returning version', [
      name,
      version,
      artifact,
    ])
    await ask('select artifact from version where service = $1 and version = $2', [name, version])
    await ask('select id from release where service = $1 and version = $2 and ended_at is null order by number desc limit 1', [
      name,
      version,
    ])
    await ask(`${turns} where resource = $1 and state <> 'over' order by turn.id`, [resource])
    const digest = planDigest(plan)
    await ask(
      `insert into release (id, service, number, version, plan, plan_digest, retry_of, requested_by, note) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [release, name, plan.releaseNumber, version, jsonOf(plan), digest, retryOf, jsonOf(requestedBy), note],
    )
    const data = {
      version,
      artifact,
      planDigest: digest,
      environments: ['production'],
      retryOf,
      note,
      isAgain: false,
      twin: null,
    }
    await ask(`insert into subject (kind, id) values ('release', $1)`, [release])
    await textEvents(ask, release, [
      { key: `release/${release}#accepted`, kind: 'release-accepted', actor: requestedBy, at: new Date(), where: null, data },
    ])
    await ask(
      `with queued as (
         insert into turn (workflow_id, resource, kind, subject_kind, subject, rank, ordinal) values ($1, $2, $3, 'release', $4, 1, $5)
         on conflict (workflow_id) do nothing returning workflow_id)
       insert into rollout (workflow_id, ref, plan) select workflow_id, $6, $7 from queued`,
      [rollout.workflowId, resource, rollout.kind, release, rollout.releaseNumber, ref, jsonOf(rollout)],
    )
    return { plan, digest: planDigest(plan) }
  })

async function textEvents(ask: Ask, subject: string, events: readonly NewEvent[]): Promise<void> {
  const [row] = await ask<{ events: number }>(`select events from subject where kind = 'release' and id = $1 for update`, [
    subject,
  ])
  await ask('select key from event where key = any($1)', [events.map(({ key }) => key)])
  let seq = row?.events ?? 0
  for (const { key, at, ...content } of events) {
    seq += 1
    const body = canonicalBytes(storableJson({ ...content, subject, seq, at: at.toISOString() }))
    await ask(`insert into event (subject_kind, subject, seq, key, body) values ('release', $1, $2, $3, $4)`, [
      subject,
      seq,
      key,
      body,
    ])
  }
  await ask(`update subject set events = $2 where kind = 'release' and id = $1`, [subject, seq])
  await ask(`select pg_notify('holdfast_event', $1)`, [`release:${subject}`])
}

export async function textVerifyAndRecord(
  pool: pg.Pool,
  { workflowId }: Run,
  turn: RolloutTurn,
  input: StepInput,
  content: StepEvent,
): Promise<void> {
  await askOf(pool)(`${turns} where turn.workflow_id = $1`, [workflowId])
  const lease: RolloutLease = { turn, fencingToken: { workflowId, token: turn.token ?? 0, step: input.step } }
  await transaction(pool, async (ask) => {
    await ask(
      `with fenced as (
         update turn set step = $4 where workflow_id = $1 and coalesce(token, 0) = $7 and step <= $4 and state <> 'over'
         returning workflow_id, pending)
       update rollout set phase = $2, move = $3, reason = $5, weight = coalesce($6, weight),
         phase_since = case when phase = $2 then phase_since else now() end
       from fenced where rollout.workflow_id = fenced.workflow_id returning fenced.pending`,
      [workflowId, input.phase, input.move, input.step, null, null, turn.token],
    )
    await textEvents(ask, turn.subject, eventsOf(lease, input, content))
  })
}

export const textKeep = (
  pool: pg.Pool,
  workflowId: string,
  epoch: number,
  state: Snapshot,
  status: AnalysisStatus,
  row: LookRow,
) =>
  transaction(pool, async (ask) => {
    await ask(
      `update analysis set state = $3, status = $4, updated_at = now() where workflow_id = $1 and epoch = $2 returning epoch`,
      [workflowId, epoch, jsonOf(state), jsonOf(status)],
    )
    await ask('insert into look (workflow_id, at_ms, row) values ($1, $2, $3) on conflict do nothing', [
      workflowId,
      row.atMs,
      jsonOf(row),
    ])
    await ask('select pending from turn where workflow_id = $1', [workflowId])
  })

const chargeStatement = `
with fast as materialized (select set_config('synchronous_commit', 'off', true) as off),
taken as (
  insert into rate_bucket as b (client, policy, full_at, forget_at)
  select $1, $2, clock_timestamp() + make_interval(secs => $3), date_trunc('minute', clock_timestamp() + make_interval(secs => $4)) + interval '1 minute'
  from fast where off = 'off'
  on conflict (client, policy) do update
    set full_at = greatest(least(b.full_at, clock_timestamp() + make_interval(secs => $4)), clock_timestamp()) + make_interval(secs => $3), forget_at = excluded.forget_at
    where greatest(b.full_at, clock_timestamp()) + make_interval(secs => $3) <= clock_timestamp() + make_interval(secs => $4)
      or (b.full_at > clock_timestamp() + 2 * make_interval(secs => $4))
  returning full_at
)
select true as granted, extract(epoch from full_at - clock_timestamp())::double precision as seconds from taken
union all
select false, extract(epoch from full_at - clock_timestamp())::double precision from rate_bucket
where client = $1 and policy = $2 and not exists (select from taken)`

export const textCharge = (pool: pg.Pool, charge: Charge) =>
  askOf(pool)(chargeStatement, [charge.client, charge.policy, charge.tokens * secondsPerToken(charge), charge.windowSeconds])
