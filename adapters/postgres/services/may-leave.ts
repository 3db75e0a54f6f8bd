/**
 * Environments that leave their service: what is in flight to them, and what still has to be ended there. `domain/plan/leaving-of.ts`
 * decides which may leave.
 */
import { sql } from 'kysely'
import { leavingOf } from '../../../domain/plan/leaving-of.ts'
import type { ProviderRef } from '../../../domain/plan/service.ts'
import type { TurnKind } from '../../../domain/queue/kinds.ts'
import type { ShownSubject } from '../../../domain/subject.ts'
import { subjectKey, subjectKindOf } from '../../../domain/subject.ts'
import type { Sql } from '../database/database.ts'
import { environmentResource, resourceKey } from '../../../domain/queue/resource.ts'
import { askTurn, lockResource, nextToken } from '../queue/turns.ts'

/** What may run in an environment that left, and the token that fences its end, so that nothing older starts it again. */
export interface Ending {
  readonly environment: string
  readonly token: number
  readonly target: ProviderRef
  readonly traffic: ProviderRef
}

/** Workflows that were asked to revert, for the caller to wake, and their releases or rollbacks. */
export interface Stopping {
  readonly kind: 'stopping'
  readonly toWake: readonly string[]
  readonly inFlight: readonly ShownSubject[]
}

export interface LeavingRow {
  readonly name: string
  readonly ref: string
  readonly isStable: boolean
}

/**
 * Locks the resources of the environments that are not among `kept`. As everywhere, these locks come before the lock of the service's row.
 */
export async function lockLeaving(tx: Sql, service: string, kept: readonly string[]): Promise<LeavingRow[]> {
  const leaving = tx.build
    .selectFrom('environment')
    .select(['name', 'ref', sql<boolean>`stable is not null`.as('isStable')])
    .where('service', '=', service)
    .where(sql<boolean>`not (name = any(${kept}))`)
    .orderBy('name')
  for (const { ref } of await leaving.execute()) await lockResource(tx, resourceOf(ref))
  // Read again: a version may have become stable before the locks were taken.
  return leaving.execute()
}

const resourceOf = (ref: string): string => resourceKey('environment', ref)

/**
 * Returns null where these environments may leave. With `stop`, it first asks what is in flight to revert, and returns that.
 * @throws Problem service-busy without `stop`, while a release to them is in flight or a version runs there
 */
export async function mayLeave(
  tx: Sql,
  service: string,
  environments: readonly LeavingRow[],
  stop: boolean,
): Promise<Stopping | null> {
  const turns = await turnsTo(tx, environments)
  // A release may have turns in several of them.
  const subjects = turns.map(({ kind, subject: id }): ShownSubject => ({ kind: subjectKindOf(kind), id }))
  const inFlight = [...new Map(subjects.map((one) => [subjectKey(one), one])).values()]
  if (leavingOf({ service, environments, inFlight }, stop) === 'may-leave') return null
  const toWake = turns.map((turn) => turn.workflow_id)
  for (const workflowId of toWake) await askTurn(tx, workflowId, 'abort')
  return { kind: 'stopping', toWake, inFlight }
}

/** Turns in these environments, and turns of releases that have not reached them yet. */
function turnsTo(tx: Sql, leaving: readonly LeavingRow[]) {
  const refs = leaving.map(({ ref }) => ref)
  const resources = refs.map(resourceOf)
  return tx.build
    .selectFrom('turn as t')
    .select(['t.subject', 't.workflow_id', sql<TurnKind>`t.kind`.as('kind')])
    .where('t.state', '<>', 'over')
    .where(
      sql<boolean>`(t.resource = any(${resources}) or exists (
        select 1 from release r, jsonb_array_elements(r.plan->'rollouts') rollout
        where t.subject_kind = 'release' and r.id = t.subject and r.ended_at is null
          and (rollout->'ref'->>'service') || '/' || (rollout->'ref'->>'environment') = any(${refs})
          and not r.reached ? (rollout->'ref'->>'environment')))`,
    )
    .execute()
}

/** Takes the next token of each environment; the caller holds their locks. An environment that never had a turn has nothing to end. */
export async function takeNextTokens(tx: Sql, leaving: readonly LeavingRow[]): Promise<readonly Ending[]> {
  const endings: Ending[] = []
  for (const { name, ref } of leaving) {
    const token = await nextToken(tx, resourceOf(ref))
    const last = await tx.build
      .selectFrom('turn')
      .innerJoin('rollout', 'rollout.workflow_id', 'turn.workflow_id')
      .select('plan')
      .where('resource', '=', resourceOf(ref))
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst()
    if (last) endings.push({ environment: name, token, target: last.plan.canary.target, traffic: last.plan.canary.traffic })
  }
  return endings
}

/** Clears what was stable in these environments, unless a newer turn has taken the environment meanwhile. */
export async function clearStable(tx: Sql, service: string, endings: readonly Ending[]): Promise<void> {
  for (const { environment, token } of endings) {
    // Under the lock: a version that a newer turn made stable stays.
    if ((await lockResource(tx, environmentResource({ service, environment }))) !== token) continue
    await tx.build
      .updateTable('environment')
      .set({ stable: null, stable_release: null, stable_number: null, stable_since: null })
      .where('service', '=', service)
      .where('name', '=', environment)
      .execute()
  }
}
