/** What the environments of a service have in use: their stable versions, and what the releases and rollbacks in flight will run there. */
import { sql } from 'kysely'
import type { Location, LocationOf } from '../../../domain/plan/location.ts'
import { assertStays } from '../../../domain/plan/location.ts'
import type { ProviderRef, Service } from '../../../domain/plan/service.ts'
import { environmentResource } from '../../../domain/queue/resource.ts'
import type { Sql } from '../database/database.ts'

interface InUse {
  readonly environment: string
  readonly target: ProviderRef
  readonly traffic: ProviderRef
}

/**
 * The caller holds the lock of the service's row, which every accept takes, so nothing new is in flight before the caller commits.
 * @throws Problem invalid-input that names each environment which would move away from what it has in use
 */
export async function assertAllStay(tx: Sql, service: Service, locationOf: LocationOf): Promise<void> {
  const inUse = Map.groupBy(await allInUse(tx, service), ({ environment }) => environment)
  assertStays(
    service.environments.map((declared) => {
      const { name } = declared
      const located = (one: Pick<InUse, 'target' | 'traffic'>): Location =>
        locationOf(one, { service: service.name, environment: name })
      return { name, declared: located(declared), inUse: (inUse.get(name) ?? []).map(located) }
    }),
  )
}

/**
 * One statement, so that it sees one moment: a rollout becomes a turn, and a turn a stable version, each in a transaction. Equal rows are one.
 */
function allInUse(tx: Sql, { name: service, environments }: Service): Promise<readonly InUse[]> {
  const names = environments.map(({ name }) => name)
  const resources = names.map((environment) => environmentResource({ service, environment }))
  const stable = tx.build
    .selectFrom('environment')
    .select(['name as environment'])
    .select([sql<ProviderRef>`stable->'target'`.as('target'), sql<ProviderRef>`stable->'traffic'`.as('traffic')])
    .where('service', '=', service)
    .where('stable', 'is not', null)
    .where(sql<boolean>`name = any(${names})`)
  const turns = tx.build
    .selectFrom('turn')
    .innerJoin('rollout', 'rollout.workflow_id', 'turn.workflow_id')
    .select([
      sql<string>`plan->'ref'->>'environment'`.as('environment'),
      sql<ProviderRef>`plan->'canary'->'target'`.as('target'),
      sql<ProviderRef>`plan->'canary'->'traffic'`.as('traffic'),
    ])
    .where('state', '<>', 'over')
    .where(sql<boolean>`resource = any(${resources})`)
  const notReached = tx.build
    .selectFrom('release')
    .innerJoinLateral(sql<{ one: unknown }>`jsonb_array_elements(plan->'rollouts')`.as<'rollout'>(sql`rollout(one)`), (join) =>
      join.onTrue(),
    )
    .select([
      sql<string>`one->'ref'->>'environment'`.as('environment'),
      sql<ProviderRef>`one->'canary'->'target'`.as('target'),
      sql<ProviderRef>`one->'canary'->'traffic'`.as('traffic'),
    ])
    .where('service', '=', service)
    .where('ended_at', 'is', null)
    .where(sql<boolean>`not reached ? (one->'ref'->>'environment')`)
  return stable.union(turns).union(notReached).execute()
}
