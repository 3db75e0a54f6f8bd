/** Services and their environments as rows: declared, changed under a precondition, removed once nothing runs. */
import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import { namePattern } from '../../../domain/identity.ts'
import { declarationDigest } from '../../../domain/plan/plan-release.ts'
import { Problem } from '../../../domain/problem.ts'
import type { LocationOf } from '../../../domain/plan/location.ts'
import type { Service } from '../../../domain/plan/service.ts'
import type { Revision } from '../../../domain/plan/plan.ts'
import { assertAllStay } from './in-use.ts'
import type { Ending, Stopping } from './may-leave.ts'
import { clearStable, takeNextTokens, lockLeaving, mayLeave } from './may-leave.ts'
import type { Page, PageRequest } from '../database/page.ts'
import { foreignCursor, pageOf } from '../database/page.ts'
import type { Database, Sql } from '../database/database.ts'
import { jsonOf } from '../database/storable.ts'
import type { Tables } from '../database/tables.ts'

export interface ServiceRow {
  readonly name: string
  readonly declaration: Service
  readonly digest: string
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface StableRow {
  readonly environment: string
  readonly stable: Revision | null
  readonly stableRelease: string | null
  readonly stableSince: Date | null
}

/** What a PUT expects to find: one of these digests, nothing, something, or anything. */
export type Expected = { readonly digests: readonly string[] } | 'absent' | 'present' | 'any'

export interface Services {
  /**
   * Declares the service. The caller ends the environments that it drops, and then calls `ended`. With `stop`, what is in flight to them is
   * first asked to revert, and a repeat declares the service.
   * @throws Problem precondition-failed, service-busy while a dropped environment is in use, unless `stop`, invalid-input while an
   *   environment would move away from what it has in use
   */
  apply(service: Service, expected: Expected, stop: boolean): Promise<Declared | Stopping>
  /** Refuses a declaration whose environments would move, as `apply` does, and changes nothing. @throws Problem invalid-input */
  assertStays(service: Service): Promise<void>
  /** The caller has ended everything in these environments, which were dropped or removed. */
  ended(name: string, endings: readonly Ending[]): Promise<void>
  read(name: string): Promise<ServiceRow | undefined>
  list(page: PageRequest): Promise<Page<ServiceRow>>
  /** What is stable in each environment that the service has ever declared. */
  stable(name: string): Promise<readonly StableRow[]>
  /**
   * Marks the service as removed. The caller ends what runs, and then calls `ended`. With `stop`, it first asks what is in flight to revert,
   * and a repeat removes the service. A service that is removed already is removed again, so that the caller ends what was left running.
   * @throws Problem not-found, service-busy while anything runs, unless `stop`
   */
  remove(name: string, stop: boolean): Promise<Removal>
}

export interface Declared {
  readonly kind: 'declared'
  readonly digest: string
  readonly isNew: boolean
  /** Releases in flight that were accepted with another declaration. They keep it until they end. */
  readonly keepOld: readonly string[]
  readonly dropped: readonly Ending[]
}

export type Removal = { readonly kind: 'removed'; readonly endings: readonly Ending[] } | Stopping

type RawService = Pick<Selectable<Tables['service']>, (typeof columns)[number]>

const serviceOf = (raw: RawService): ServiceRow => ({
  name: raw.name,
  declaration: raw.declaration,
  digest: raw.declaration_digest,
  createdAt: raw.created_at,
  updatedAt: raw.updated_at,
})

const columns = ['name', 'declaration', 'declaration_digest', 'created_at', 'updated_at'] as const

const declared = (sql: Sql) => sql.build.selectFrom('service').select(columns).where('removed_at', 'is', null)

/** @param locationOf says where versions are: an environment stays there while it has one */
export const createServices = (db: Database, locationOf: LocationOf): Services => ({
  apply: (service, expected, stop) => db.transaction((tx) => apply(tx, locationOf, service, expected, stop)),

  assertStays: (service) => assertAllStay(db, service, locationOf),

  ended: (name, endings) => db.transaction((tx) => clearStable(tx, name, endings)),

  async read(name) {
    const raw = await declared(db).where('name', '=', name).executeTakeFirst()
    return raw && serviceOf(raw)
  },

  async list({ limit, after }) {
    if (after !== undefined && !namePattern.test(after)) throw foreignCursor()
    const rows = await declared(db)
      .where('name', '>', after ?? '')
      .orderBy('name')
      .limit(limit + 1)
      .execute()
    return pageOf(rows.map(serviceOf), limit, ({ name }) => name)
  },

  async stable(name) {
    return db.build
      .selectFrom('environment')
      .select(['name as environment', 'stable', 'stable_release as stableRelease', 'stable_since as stableSince'])
      .where('service', '=', name)
      .execute()
  },

  remove: (name, stop) => db.transaction((tx) => remove(tx, name, stop)),
})

async function apply(
  tx: Sql,
  locationOf: LocationOf,
  service: Service,
  expected: Expected,
  stop: boolean,
): Promise<Declared | Stopping> {
  const digest = declarationDigest(service)
  const kept = service.environments.map(({ name }) => name)
  const leaving = await lockLeaving(tx, service.name, kept)
  // The write locks the row. A removed service that is declared again keeps its numbers, so that ids stay unique.
  const before = await tx.build
    .selectFrom('service')
    .select(['declaration_digest', 'removed_at'])
    .where('name', '=', service.name)
    .forNoKeyUpdate()
    .executeTakeFirst()
  const present = before && before.removed_at === null ? before.declaration_digest : null
  assertExpected(service.name, present, expected)
  await assertAllStay(tx, service, locationOf)
  const stopping = await mayLeave(tx, service.name, leaving, stop)
  if (stopping) return stopping
  if (!(await write(tx, service, digest, before !== undefined)))
    throw new Problem('precondition-failed', `${service.name} was declared by somebody else at this moment`)
  for (const name of kept)
    await tx.build
      .insertInto('environment')
      .values({ service: service.name, name })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  // The stable version stays written until it has been ended, so that a repeat ends what is left.
  const dropped = await takeNextTokens(
    tx,
    leaving.filter(({ isStable }) => isStable),
  )
  return { kind: 'declared', digest, isNew: present === null, keepOld: await underAnother(tx, service.name, digest), dropped }
}

/** Returns false where another request declared the service first. */
async function write(tx: Sql, service: Service, digest: string, isThere: boolean): Promise<boolean> {
  const { name } = service
  const values = { declaration: jsonOf(service), declaration_digest: digest }
  const again = { ...values, removed_at: null, updated_at: sql<Date>`now()` }
  const written = isThere
    ? await tx.build.updateTable('service').set(again).where('name', '=', name).returning('name').executeTakeFirst()
    : await tx.build
        .insertInto('service')
        .values({ name, ...values })
        .onConflict((conflict) => conflict.doNothing())
        .returning('name')
        .executeTakeFirst()
  return written !== undefined
}

async function underAnother(tx: Sql, service: string, digest: string): Promise<readonly string[]> {
  const rows = await tx.build
    .selectFrom('release')
    .select('id')
    .where('service', '=', service)
    .where('ended_at', 'is', null)
    .where(sql<string>`plan->>'declarationDigest'`, 'is distinct from', digest)
    .orderBy('number')
    .execute()
  return rows.map(({ id }) => id)
}

function assertExpected(name: string, present: string | null, expected: Expected): void {
  if (isAsExpected(present, expected)) return
  throw new Problem(
    'precondition-failed',
    present === null ? `${name} is not declared` : `${name} has been declared otherwise meanwhile`,
  )
}

function isAsExpected(present: string | null, expected: Expected): boolean {
  if (expected === 'any') return true
  if (expected === 'absent') return present === null
  return present !== null && (expected === 'present' || expected.digests.includes(present))
}

async function remove(tx: Sql, name: string, stop: boolean): Promise<Removal> {
  const refs = await lockLeaving(tx, name, [])
  const service = await tx.build.selectFrom('service').select('name').where('name', '=', name).forNoKeyUpdate().executeTakeFirst()
  if (!service) throw new Problem('not-found', `there is no service ${name}`)
  const stopping = await mayLeave(tx, name, refs, stop)
  if (stopping) return stopping
  await tx.build
    .updateTable('service')
    .set({ removed_at: sql<Date>`coalesce(removed_at, now())`, updated_at: sql<Date>`now()` })
    .where('name', '=', name)
    .execute()
  // The stable versions stay written until they have been ended, as where `apply` drops an environment.
  return { kind: 'removed', endings: await takeNextTokens(tx, refs) }
}
