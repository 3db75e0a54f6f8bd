/** Services and their environments as rows: declared, changed under a precondition, removed once nothing runs. */
import { declarationDigest } from '../../../domain/plan/planning.ts'
import { Problem } from '../../../domain/problem.ts'
import type { Service } from '../../../domain/plan/service.ts'
import type { Revision } from '../../../domain/plan/plan.ts'
import type { Ending, Stopping } from './leaving.ts'
import { clearStable, fenceOff, lockLeaving, mayLeave } from './leaving.ts'
import type { Page, PageRequest } from '../database/page.ts'
import { pageOf } from '../database/page.ts'
import type { Database, Sql } from '../database/pool.ts'
import { jsonOf } from '../database/storable.ts'

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

/** What a PUT expects to find: one of these digests, nothing at all, something, or either. */
export type Expected = { readonly digests: readonly string[] } | 'absent' | 'present' | 'any'

export interface Services {
  /**
   * Declares the service. Environments that it drops are to be ended by the caller, who then says so by `ended`; with `stop`, what is in
   * flight to them is first asked to go back, and a repeat declares it.
   * @throws Problem precondition-failed, service-busy while a dropped environment is in use, unless `stop`
   */
  apply(service: Service, expected: Expected, stop: boolean): Promise<Declared | Stopping>
  /** Nothing runs any more where these were dropped. */
  ended(name: string, endings: readonly Ending[]): Promise<void>
  read(name: string): Promise<ServiceRow | undefined>
  list(page: PageRequest): Promise<Page<ServiceRow>>
  /** What is stable in each environment of a service that a release has reached, by name. */
  stable(name: string): Promise<readonly StableRow[]>
  /**
   * Marks the service as removed, or with `stop` first asks what is in flight to go back: then it is removed by a repeat.
   * A service that is removed already is removed again: what was left running then is ended now.
   * @throws Problem not-found, service-busy while anything runs, unless `stop`
   */
  remove(name: string, stop: boolean): Promise<Removal>
}

export interface Declared {
  readonly kind: 'declared'
  readonly digest: string
  readonly isNew: boolean
  /** Releases under way that were accepted under another declaration, which is theirs until they end. */
  readonly keepOld: readonly string[]
  readonly dropped: readonly Ending[]
}

export type Removal = { readonly kind: 'removed'; readonly endings: readonly Ending[] } | Stopping

interface RawService {
  name: string
  declaration: Service
  declaration_digest: string
  created_at: Date
  updated_at: Date
}

const serviceOf = (raw: RawService): ServiceRow => ({
  name: raw.name,
  declaration: raw.declaration,
  digest: raw.declaration_digest,
  createdAt: raw.created_at,
  updatedAt: raw.updated_at,
})

const columns = 'name, declaration, declaration_digest, created_at, updated_at'

export const createServices = (db: Database): Services => ({
  apply: (service, expected, stop) => db.transaction((tx) => apply(tx, service, expected, stop)),

  ended: (name, endings) => clearStable(db, name, endings),

  async read(name) {
    const [raw] = await db.query<RawService>(`select ${columns} from service where name = $1 and removed_at is null`, [name])
    return raw && serviceOf(raw)
  },

  async list({ limit, after }) {
    const rows = await db.query<RawService>(
      `select ${columns} from service where removed_at is null and name > $1 order by name limit $2`,
      [after ?? '', limit + 1],
    )
    return pageOf(rows.map(serviceOf), limit, ({ name }) => name)
  },

  async stable(name) {
    const rows = await db.query<{
      name: string
      stable: Revision | null
      stable_release: string | null
      stable_since: Date | null
    }>('select name, stable, stable_release, stable_since from environment where service = $1', [name])
    return rows.map((row) => ({
      environment: row.name,
      stable: row.stable,
      stableRelease: row.stable_release,
      stableSince: row.stable_since,
    }))
  },

  remove: (name, stop) => db.transaction((tx) => remove(tx, name, stop)),
})

async function apply(tx: Sql, service: Service, expected: Expected, stop: boolean): Promise<Declared | Stopping> {
  const digest = declarationDigest(service)
  const kept = service.environments.map(({ name }) => name)
  const leaving = await lockLeaving(tx, service.name, kept)
  // The row is locked by writing it; a removed service comes back with its numbers, so that ids stay unique.
  const [before] = await tx.query<{ declaration_digest: string; removed_at: Date | null }>(
    'select declaration_digest, removed_at from service where name = $1 for no key update',
    [service.name],
  )
  const present = before && before.removed_at === null ? before.declaration_digest : null
  assertExpected(service.name, present, expected)
  const stopping = await mayLeave(tx, service.name, leaving, stop)
  if (stopping) return stopping
  const values = [service.name, jsonOf(service), digest]
  const [written] = await tx.query<{ name: string }>(
    before
      ? `update service set declaration = $2, declaration_digest = $3, removed_at = null, updated_at = now() where name = $1 returning name`
      : `insert into service (name, declaration, declaration_digest) values ($1, $2, $3) on conflict do nothing returning name`,
    values,
  )
  if (!written) throw new Problem('precondition-failed', `${service.name} was declared by somebody else at this moment`)
  for (const name of kept)
    await tx.query('insert into environment (service, name) values ($1, $2) on conflict do nothing', [service.name, name])
  // What is stable there stays written until it has been ended: a repeat ends what is left.
  const dropped = await fenceOff(
    tx,
    leaving.filter(({ isStable }) => isStable),
  )
  return { kind: 'declared', digest, isNew: present === null, keepOld: await underAnother(tx, service.name, digest), dropped }
}

async function underAnother(tx: Sql, service: string, digest: string): Promise<readonly string[]> {
  const rows = await tx.query<{ id: string }>(
    `select id from release where service = $1 and ended_at is null and plan->>'declarationDigest' is distinct from $2 order by number`,
    [service, digest],
  )
  return rows.map(({ id }) => id)
}

function assertExpected(name: string, present: string | null, expected: Expected): void {
  if (isAsExpected(present, expected)) return
  throw new Problem(
    'precondition-failed',
    present === null ? `${name} is not declared` : `${name} has been declared otherwise meanwhile`,
    {
      hint: 'read it again, then decide',
    },
  )
}

function isAsExpected(present: string | null, expected: Expected): boolean {
  if (expected === 'any') return true
  if (expected === 'absent') return present === null
  return present !== null && (expected === 'present' || expected.digests.includes(present))
}

async function remove(tx: Sql, name: string, stop: boolean): Promise<Removal> {
  const places = await lockLeaving(tx, name, [])
  const [service] = await tx.query('select 1 from service where name = $1 for no key update', [name])
  if (!service) throw new Problem('not-found', `there is no service ${name}`)
  const stopping = await mayLeave(tx, name, places, stop)
  if (stopping) return stopping
  await tx.query('update service set removed_at = coalesce(removed_at, now()), updated_at = now() where name = $1', [name])
  const endings = await fenceOff(tx, places)
  await clearStable(tx, name, endings)
  return { kind: 'removed', endings }
}
