/**
 * Environments that leave: what is in flight to them, and what still has to be ended there. Which may leave is decided by
 * `domain/plan/leaving.ts`.
 */
import { sql } from 'kysely'
import { leavingOf } from '../../../domain/plan/leaving.ts'
import type { ProviderRef } from '../../../domain/plan/service.ts'
import type { Sql } from '../database/pool.ts'
import { askTurn } from '../queue/turns.ts'

/** What may run in an environment that left, and the number that fences its end: nothing older can start it again. */
export interface Ending {
  readonly environment: string
  readonly turn: number
  readonly target: ProviderRef
  readonly traffic: ProviderRef
}

/** Workflows that were asked to go back, and want a signal; whose they are. */
export interface Stopping {
  readonly kind: 'stopping'
  readonly asked: readonly string[]
  readonly inFlight: readonly string[]
}

export interface LeavingRow {
  readonly name: string
  readonly place: string
  readonly isStable: boolean
}

/** Environments of a service that are not among `kept`, locked. Before the service's own row, as everywhere. */
export const lockLeaving = (tx: Sql, service: string, kept: readonly string[]): Promise<LeavingRow[]> =>
  tx.build
    .selectFrom('environment')
    .select(['name', 'place', sql<boolean>`stable is not null`.as('isStable')])
    .where('service', '=', service)
    .where(sql<boolean>`not (name = any(${kept}))`)
    .orderBy('name')
    .forUpdate()
    .execute()

/**
 * Answers null where these environments may leave; with `stop`, what has to go back before they can: it is asked to.
 * @throws Problem service-busy without `stop`, while something is on its way to them or runs there
 */
export async function mayLeave(
  tx: Sql,
  service: string,
  environments: readonly LeavingRow[],
  stop: boolean,
): Promise<Stopping | null> {
  const turns = await turnsTo(tx, environments)
  const inFlight = [...new Set(turns.map(({ subject }) => subject))]
  if (leavingOf({ service, environments, inFlight }, stop) === 'may-leave') return null
  const asked = turns.map((turn) => turn.workflow_id)
  for (const workflowId of asked) await askTurn(tx, workflowId, 'abort')
  return { kind: 'stopping', asked, inFlight }
}

/** Turns at these places, and those of releases that have yet to come there. */
function turnsTo(tx: Sql, leaving: readonly LeavingRow[]) {
  const places = leaving.map(({ place }) => place)
  return tx.build
    .selectFrom('turn as t')
    .select(['t.subject', 't.workflow_id'])
    .where('t.state', '<>', 'over')
    .where(
      sql<boolean>`(t.place = any(${places}) or exists (
        select 1 from release r, jsonb_array_elements(r.plan->'rollouts') rollout
        where r.id = t.subject and r.ended_at is null
          and (rollout->'place'->>'service') || '/' || (rollout->'place'->>'environment') = any(${places})
          and not r.reached ? (rollout->'place'->>'environment')))`,
    )
    .execute()
}

/** Takes the next number of each of these environments. Where nothing was ever brought out there is nothing to end. */
export async function fenceOff(tx: Sql, leaving: readonly LeavingRow[]): Promise<readonly Ending[]> {
  const places = leaving.map(({ place }) => place)
  const rows = await tx.build
    .updateTable('environment as e')
    .set((eb) => ({ last_turn: eb('e.last_turn', '+', 1) }))
    .where('e.place', '=', sql<string>`any(${places})`)
    .returning(['e.name', 'e.last_turn'])
    .returning((eb) =>
      eb.selectFrom('turn as t').select('t.plan').whereRef('t.place', '=', 'e.place').orderBy('t.id', 'desc').limit(1).as('plan'),
    )
    .execute()
  return rows.flatMap(({ name, last_turn, plan }) =>
    plan ? [{ environment: name, turn: last_turn, target: plan.canary.target, traffic: plan.canary.traffic }] : [],
  )
}

/** What ran in these environments is no longer stable, unless something newer has come meanwhile. */
export async function clearStable(tx: Sql, service: string, endings: readonly Ending[]): Promise<void> {
  for (const { environment, turn } of endings)
    await tx.build
      .updateTable('environment')
      .set({ stable: null, stable_release: null, stable_number: null, stable_since: null })
      .where('service', '=', service)
      .where('name', '=', environment)
      .where('last_turn', '=', turn)
      .execute()
}
