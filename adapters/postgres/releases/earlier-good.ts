/** The plan that a rollback brings back, chosen by `domain/plan/rollback-target.ts`. The statements only read good rollouts, newest first. */
import { sql } from 'kysely'
import { parseEnvironmentRef } from '../../../domain/identity.ts'
import type { RolloutPlan } from '../../../domain/plan/plan.ts'
import type { GoodRollout } from '../../../domain/plan/rollback-target.ts'
import { rollbackTarget, whyNoTarget } from '../../../domain/plan/rollback-target.ts'
import { Problem } from '../../../domain/problem.ts'
import type { Sql } from '../database/database.ts'
import type { EnvironmentRow } from '../rollouts/environment.ts'
import { foundRollout, queueOf } from '../rollouts/rollout-turns.ts'

/** Nearly every rollback finds its target among the newest. */
const pageSize = 200

interface Candidate extends GoodRollout {
  readonly id: string
  readonly workflowId: string
}

/** The caller holds the lock of the environment. @throws Problem no-earlier-version */
export async function earlierGood(tx: Sql, environment: EnvironmentRow, version: string | null): Promise<RolloutPlan> {
  const { ref } = environment
  let page = await newestGood(tx, ref, null)
  while (page.length > 0) {
    const target = rollbackTarget(page, environment, version)
    if (target) return (await foundRollout(tx, target.workflowId)).plan
    page = page.length < pageSize ? [] : await newestGood(tx, ref, page.at(-1) ?? null)
  }
  const [first] = await queueOf(tx, parseEnvironmentRef(ref))
  throw new Problem(
    'no-earlier-version',
    whyNoTarget(ref, environment, version),
    first ? { more: { inFlight: { kind: first.subjectKind, id: first.subject, phase: first.phase } } } : {},
  )
}

/** Rollouts and rollbacks that succeeded in the environment, newest first. @param after the last one of the previous page */
async function newestGood({ build }: Sql, ref: string, after: Candidate | null): Promise<readonly Candidate[]> {
  const good = build
    .selectFrom('turn')
    .innerJoin('rollout', 'rollout.workflow_id', 'turn.workflow_id')
    .select(['turn.id', 'turn.workflow_id as workflowId', 'turn.ordinal as releaseNumber'])
    .select(sql<string>`plan->'canary'->>'version'`.as('version'))
    .select(sql<string>`plan->'canary'->>'revision'`.as('revision'))
    .where('ref', '=', ref)
    .where('state', '=', 'over')
    .where('outcome', '=', 'succeeded')
  const older = after
    ? good.where(({ eb, refTuple, tuple }) => eb(refTuple('turn.ordinal', 'turn.id'), '<', tuple(after.releaseNumber, after.id)))
    : good
  return older.orderBy('turn.ordinal', 'desc').orderBy('turn.id', 'desc').limit(pageSize).execute()
}
