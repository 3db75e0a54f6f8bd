/** The plan that a rollback brings back, chosen by `domain/plan/rollback-target.ts`. The statements only read good rollouts, newest first. */
import { sql } from 'kysely'
import { parseEnvironmentRef } from '../../../domain/identity.ts'
import type { Revision, RolloutPlan } from '../../../domain/plan/plan.ts'
import type { GoodRollout } from '../../../domain/plan/rollback-target.ts'
import { rollbackTargets, whyNoTarget } from '../../../domain/plan/rollback-target.ts'
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

/**
 * The caller holds the lock of the environment.
 * @param isHere whether a revision is where the environment is. An environment may have left and come again in another location, where a
 *   rollback to a version of the old one would change nothing for users
 * @throws Problem no-earlier-version
 */
export async function earlierGood(
  tx: Sql,
  environment: EnvironmentRow,
  version: string | null,
  isHere: (revision: Revision) => boolean,
): Promise<RolloutPlan> {
  const { ref } = environment
  let isElsewhere = false
  let page = await newestGood(tx, ref, null)
  while (page.length > 0) {
    // One by one: the first is nearly always here, and plans are large.
    for (const { workflowId } of rollbackTargets(page, environment, version)) {
      const { plan } = await foundRollout(tx, workflowId)
      if (isHere(plan.canary)) return plan
      isElsewhere = true
    }
    page = page.length < pageSize ? [] : await newestGood(tx, ref, page.at(-1) ?? null)
  }
  const [first] = await queueOf(tx, parseEnvironmentRef(ref))
  throw new Problem(
    'no-earlier-version',
    whyNoTarget(ref, environment, version, isElsewhere),
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
