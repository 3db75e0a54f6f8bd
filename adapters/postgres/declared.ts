/** Services and their environments as rows: declared, changed under a precondition, removed once nothing runs. */
import { declarationDigest } from '../../domain/planning.ts'
import { Problem } from '../../domain/problem.ts'
import type { Service } from '../../domain/service.ts'
import type { Revision } from '../../domain/plan.ts'
import type { Page, PageRequest } from './page.ts'
import { pageOf } from './page.ts'
import type { Database, Sql } from './pool.ts'
import { askTurn } from './turns.ts'

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

/** What a PUT expects to find: a digest, nothing at all, or whatever is there. */
export type Expected = { readonly digest: string } | 'absent' | 'any'

export interface Services {
  /** @returns whether it is new. @throws Problem precondition-failed, service-busy when a dropped environment is in use */
  apply(service: Service, expected: Expected): Promise<{ readonly digest: string; readonly isNew: boolean }>
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

export type Removal =
  /** For each environment the number that fences the removal of what runs there. */
  | {
      readonly kind: 'removed'
      readonly declaration: Service
      readonly fences: readonly { readonly environment: string; readonly turn: number }[]
    }
  /** Workflows that were asked to go back, and want a signal. */
  | { readonly kind: 'stopping'; readonly asked: readonly string[]; readonly inFlight: readonly string[] }

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
  apply: (service, expected) => db.transaction((tx) => apply(tx, service, expected)),

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

async function apply(tx: Sql, service: Service, expected: Expected) {
  const digest = declarationDigest(service)
  // The row is locked by writing it; a removed service comes back with its numbers, so that ids stay unique.
  const [before] = await tx.query<{ declaration_digest: string; removed_at: Date | null }>(
    'select declaration_digest, removed_at from service where name = $1 for no key update',
    [service.name],
  )
  const present = before && before.removed_at === null ? before.declaration_digest : null
  assertExpected(service.name, present, expected)
  await assertNotDropped(tx, service)
  const values = [service.name, JSON.stringify(service), digest]
  const [written] = await tx.query<{ name: string }>(
    before
      ? `update service set declaration = $2, declaration_digest = $3, removed_at = null, updated_at = now() where name = $1 returning name`
      : `insert into service (name, declaration, declaration_digest) values ($1, $2, $3) on conflict do nothing returning name`,
    values,
  )
  if (!written) throw new Problem('precondition-failed', `${service.name} was declared by somebody else at this moment`)
  for (const { name } of service.environments)
    await tx.query('insert into environment (service, name) values ($1, $2) on conflict do nothing', [service.name, name])
  return { digest, isNew: present === null }
}

function assertExpected(name: string, present: string | null, expected: Expected): void {
  if (expected === 'any') return
  const holds = expected === 'absent' ? present === null : expected.digest === present
  if (holds) return
  throw new Problem(
    'precondition-failed',
    present === null ? `${name} is not declared` : `${name} has been declared otherwise meanwhile`,
    {
      hint: 'read it again, then decide',
    },
  )
}

/** An environment cannot leave the declaration while something is on its way there. */
async function assertNotDropped(tx: Sql, service: Service): Promise<void> {
  const places = service.environments.map(({ name }) => `${service.name}/${name}`)
  const [busy] = await tx.query<{ place: string; subject: string }>(
    `select place, subject from turn join environment using (place) where service = $1 and state <> 'over' and not (place = any($2)) limit 1`,
    [service.name, places],
  )
  if (busy)
    throw new Problem('service-busy', `${busy.place} cannot be dropped: ${busy.subject} is on its way there`, {
      hint: `abort it, or wait for its end`,
    })
}

async function remove(tx: Sql, name: string, stop: boolean): Promise<Removal> {
  const places = await tx.query<{ name: string; place: string; stable: Revision | null }>(
    'select name, place, stable from environment where service = $1 order by name for update',
    [name],
  )
  const [service] = await tx.query<{ declaration: Service }>(
    'select declaration from service where name = $1 for no key update',
    [name],
  )
  if (!service) throw new Problem('not-found', `there is no service ${name}`)
  const turns = await tx.query<{ subject: string; workflow_id: string }>(
    `select subject, workflow_id from turn where place = any($1) and state <> 'over'`,
    [places.map(({ place }) => place)],
  )
  const inFlight = [...new Set(turns.map(({ subject }) => subject))]
  if (inFlight.length > 0 && !stop) throw busyWith(name, inFlight)
  if (inFlight.length > 0) {
    const asked = turns.map((turn) => turn.workflow_id)
    for (const workflowId of asked) await askTurn(tx, workflowId, 'abort')
    return { kind: 'stopping', asked, inFlight }
  }
  const running = places.filter(({ stable }) => stable !== null)
  if (running.length > 0 && !stop)
    throw new Problem('service-busy', `${name} still runs in ${running.map((place) => place.name).join(', ')}`, {
      hint: "'--stop' ends it there",
    })
  return { kind: 'removed', declaration: service.declaration, fences: await markRemoved(tx, name) }
}

/** What runs there is no longer stable; the next number fences out whatever is still under way. */
async function markRemoved(tx: Sql, name: string) {
  await tx.query('update service set removed_at = coalesce(removed_at, now()), updated_at = now() where name = $1', [name])
  const fences = await tx.query<{ name: string; last_turn: number }>(
    `update environment set last_turn = last_turn + 1, stable = null, stable_release = null, stable_number = null, stable_since = null
     where service = $1 returning name, last_turn`,
    [name],
  )
  return fences.map((row) => ({ environment: row.name, turn: row.last_turn }))
}

const busyWith = (name: string, subjects: readonly string[]): Problem =>
  new Problem('service-busy', `${name} has ${subjects.join(', ')} in flight`, {
    hint: "'--stop' takes it back first",
    more: { inFlight: subjects },
  })
