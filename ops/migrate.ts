/** Migrations as a command of their own: each file once, in order, in one transaction, and never a changed one. */
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { Problem } from '../domain/problem.ts'

const folder = join(import.meta.dirname, 'migrations')

interface Migration {
  readonly name: string
  readonly sql: string
  readonly digest: string
}

function migrations(): readonly Migration[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  return names.toSorted().map((name) => {
    const sql = readFileSync(join(folder, name), 'utf8')
    return { name, sql, digest: createHash('sha256').update(sql).digest('hex') }
  })
}

/**
 * Applies what is missing; answers the names. One process at a time: others wait at the advisory lock.
 * @throws Problem invalid-config when an applied file was changed, or the database is newer than this code
 */
export async function migrate(databaseUrl: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'holdfast-migrate' })
  await client.connect()
  try {
    await client.query(`select pg_advisory_lock(hashtext('holdfast migrations'))`)
    await client.query(
      'create table if not exists schema_migration (name text primary key, digest text not null, applied_at timestamptz not null default now())',
    )
    const { rows } = await client.query<{ name: string; digest: string }>('select name, digest from schema_migration')
    const applied = new Map(rows.map(({ name, digest }) => [name, digest]))
    const known = migrations()
    refuseStrange(known, applied)
    const due = known.filter(({ name }) => !applied.has(name))
    for (const migration of due) await apply(client, migration)
    return due.map(({ name }) => name)
  } finally {
    await client.end()
  }
}

function refuseStrange(known: readonly Migration[], applied: ReadonlyMap<string, string>): void {
  for (const { name, digest } of known) {
    if (applied.has(name) && applied.get(name) !== digest) {
      throw new Problem('invalid-config', `migration ${name} was changed after it was applied`, {
        hint: 'restore the file; changes are new migrations',
      })
    }
  }
  const newer = [...applied.keys()].filter((name) => !known.some((migration) => migration.name === name))
  if (newer.length > 0) {
    throw new Problem('invalid-config', `the database knows ${newer.join(', ')}, which this version does not`, {
      hint: 'run the newer version',
    })
  }
}

async function apply(client: pg.Client, { name, sql, digest }: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(sql)
    await client.query('insert into schema_migration (name, digest) values ($1, $2)', [name, digest])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

if (import.meta.main) {
  const url = process.env['DATABASE_URL']
  if (!url) throw new Problem('invalid-config', 'DATABASE_URL is not set')
  for (const name of await migrate(url)) console.log(`applied ${name}`)
}
