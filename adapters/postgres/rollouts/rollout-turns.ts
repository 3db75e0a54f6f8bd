/** Turns of rollouts and rollbacks with their projection: a row of `rollout` beside the row of the queue. */
import type { Selectable } from 'kysely'
import { sql } from 'kysely'
import { environmentKey } from '../../../domain/identity.ts'
import type { Revision, RolloutPlan } from '../../../domain/plan/plan.ts'
import type { TurnKind } from '../../../domain/queue/kinds.ts'
import { queueRules } from '../../../domain/queue/kinds.ts'
import { environmentResource } from '../../../domain/queue/resource.ts'
import type { Turn } from '../../../domain/queue/turn.ts'
import type { Outcome, Phase } from '../../../domain/rollout/phase.ts'
import type { SubjectKind } from '../../../domain/subject.ts'
import { subjectKindOf } from '../../../domain/subject.ts'
import type { Sql } from '../database/database.ts'
import { jsonOf } from '../database/storable.ts'
import type { Tables } from '../database/tables.ts'
import type { RawTurn } from '../queue/turns.ts'
import { queueing, turnColumns, turnOf } from '../queue/turns.ts'

/** A rollout's turn with its plan and what it started from. Its ordinal is the release's number. */
export interface RolloutTurn extends Turn<TurnKind> {
  readonly subjectKind: SubjectKind
  readonly ref: string
  readonly plan: RolloutPlan
  readonly phase: Phase
  readonly outcome: Outcome | null
  readonly stable: Revision | null
  readonly weight: number
}

const columns = ['rollout.ref', 'rollout.plan', 'rollout.phase', 'rollout.outcome', 'rollout.stable', 'rollout.weight'] as const

type Raw = RawTurn & Pick<Selectable<Tables['rollout']>, 'ref' | 'plan' | 'phase' | 'outcome' | 'stable' | 'weight'>

const rolloutTurnOf = ({ ref, plan, phase, outcome, stable, weight, ...raw }: Raw): RolloutTurn => ({
  ...turnOf(raw),
  kind: plan.kind,
  subjectKind: subjectKindOf(plan.kind),
  ref,
  plan,
  phase,
  outcome,
  stable,
  weight,
})

const rolloutTurns = ({ build }: Sql) =>
  build
    .selectFrom('turn')
    .innerJoin('rollout', 'rollout.workflow_id', 'turn.workflow_id')
    .select([...turnColumns, ...columns])

/** Puts a plan into the queue of its environment. A repeat finds the row and changes nothing. */
export async function enqueueRollout(tx: Sql, plan: RolloutPlan, subject: string): Promise<void> {
  const queued = queueing(tx, {
    workflowId: plan.workflowId,
    resource: environmentResource(plan.ref),
    kind: plan.kind,
    subjectKind: subjectKindOf(plan.kind),
    subject,
    rank: queueRules[plan.kind].rank,
    ordinal: plan.releaseNumber,
  })
  await queued
    .insertInto('rollout')
    .columns(['workflow_id', 'ref', 'plan'])
    .expression((eb) =>
      eb
        .selectFrom('queued')
        .select((from) => [
          'queued.workflow_id',
          from.cast<string>(from.val(environmentKey(plan.ref)), 'text').as('ref'),
          from.cast<RolloutPlan>(from.val(jsonOf(plan)), 'jsonb').as('plan'),
        ]),
    )
    .execute()
}

export async function readRollout(db: Sql, workflowId: string): Promise<RolloutTurn | undefined> {
  const raw = await rolloutTurns(db).where('turn.workflow_id', '=', workflowId).executeTakeFirst()
  return raw && rolloutTurnOf(raw)
}

/** @throws Error where there is none: every turn of a rollout has a row of `rollout` */
export async function foundRollout(db: Sql, workflowId: string): Promise<RolloutTurn> {
  const turn = await readRollout(db, workflowId)
  if (!turn) throw new Error(`no rollout ${workflowId}`)
  return turn
}

const queuedTurns = (db: Sql, environment: RolloutPlan['ref']) =>
  rolloutTurns(db).where('turn.resource', '=', environmentResource(environment)).where('turn.state', '<>', 'over')

/** Turns of an environment that are not over, oldest first. @param environment service and environment */
export async function queueOf(db: Sql, environment: RolloutPlan['ref']): Promise<readonly RolloutTurn[]> {
  return (await queuedTurns(db, environment).orderBy('turn.id').execute()).map(rolloutTurnOf)
}

/** The open turn first, then those that wait, as `nextTurn` grants them. @param most all where absent */
export async function queueInOrder(db: Sql, environment: RolloutPlan['ref'], most?: number): Promise<readonly RolloutTurn[]> {
  const ordered = queuedTurns(db, environment)
    .orderBy(sql`turn.state <> 'open'`)
    .orderBy('turn.rank')
    .orderBy('turn.ordinal')
    .orderBy('turn.id')
  const raw = await (most === undefined ? ordered : ordered.limit(most)).execute()
  return raw.map(rolloutTurnOf)
}

/** How many turns of an environment are not over. */
export async function queueLength({ build }: Sql, environment: RolloutPlan['ref']): Promise<number> {
  const row = await build
    .selectFrom('turn')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('resource', '=', environmentResource(environment))
    .where('state', '<>', 'over')
    .executeTakeFirst()
  return row?.count ?? 0
}
