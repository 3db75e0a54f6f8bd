/** Applies migrations, also as a command. Each file is applied once, in order, in its own transaction; a changed file is refused. */
import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { readConfig } from '../adapters/config.ts'
import { isProblem, Problem } from '../domain/problem.ts'

const shipped = join(import.meta.dirname, 'migrations')

interface Migration {
  readonly name: string
  readonly sql: string
  readonly digest: string
}

/** Any number of processes may migrate at once. The lock is freed when the session ends, even by a kill. */
const lock = `select pg_advisory_lock(hashtext('holdfast migrations'))`

/**
 * Applies the missing migrations of `folder` and resolves with their names. One process at a time: others wait for the advisory
 * lock.
 * @throws Problem migrations-differ when an applied file was changed, or the database is newer than this code, or too old for it
 * @throws Problem database-unavailable
 */
export async function migrate(databaseUrl: string, folder = shipped): Promise<readonly string[]> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'holdfast-migrate',
    connectionTimeoutMillis: 5_000,
  })
  client.on('error', () => {})
  await client.connect().catch((cause: unknown) => {
    // The driver's message may contain the address, so it is only the cause, which is not printed.
    throw new Problem('database-unavailable', 'the database does not answer, so no migration was applied', {
      hint: 'see whether the server of DATABASE_URL runs, and knows its user and database',
      cause,
    })
  })
  try {
    await client.query(lock)
    await client.query(
      'create table if not exists schema_migration (name text primary key, digest text not null, applied_at timestamptz not null default now())',
    )
    const { rows } = await client.query<{ name: string; digest: string }>('select name, digest from schema_migration')
    const applied = new Map(rows.map(({ name, digest }) => [name, digest]))
    const known = await migrationsIn(folder)
    refuseStrange(known, applied)
    await refuseOlder(client, known, applied)
    const due = known.filter(({ name }) => !applied.has(name))
    for (const migration of due) await apply(client, migration)
    return due.map(({ name }) => name)
  } finally {
    await client.end().catch(() => {})
  }
}

async function migrationsIn(folder: string): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), 'utf8')
      return { name, sql, digest: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

function refuseStrange(known: readonly Migration[], applied: ReadonlyMap<string, string>): void {
  for (const { name, digest } of known) {
    if (applied.has(name) && applied.get(name) !== digest) {
      throw new Problem('migrations-differ', `migration ${name} was changed after it was applied`, {
        hint: 'restore the file; changes are new migrations',
      })
    }
  }
  const newer = [...applied.keys()].filter((name) => !known.some((migration) => migration.name === name))
  if (newer.length > 0) {
    throw new Problem('migrations-differ', `the database knows ${newer.join(', ')}, which this version does not`, {
      hint: 'run the newer version',
    })
  }
}

/** Data from before this migration has events and turns that this version cannot read. */
const oldestRead = '0013-fencing-token.sql'

/** Runs before any change, so that the older version still works with the data. */
async function refuseOlder(client: pg.Client, known: readonly Migration[], applied: ReadonlyMap<string, string>): Promise<void> {
  const isKnown = known.some(({ name }) => name === oldestRead)
  if (!isKnown || applied.size === 0 || applied.has(oldestRead)) return
  // A first start that was killed between two migrations has no rows yet, so it may continue.
  const { rows } = await client.query<{ has: boolean }>('select exists (select from service) as has')
  if (!rows[0]?.has) return
  throw new Problem(
    'migrations-differ',
    'the data was written by an older Holdfast, and this version cannot read it; nothing was changed',
    {
      hint: 'run the older version on it, or start with another data folder (HOLDFAST_HOME) or an empty database',
    },
  )
}

async function apply(client: pg.Client, { name, sql, digest }: Migration): Promise<void> {
  await client.query('begin')
  try {
    // A change that waits for a long reader makes every later query wait too. So it gives up after 10 s, and can be run
    // again.
    await client.query(`set local lock_timeout = '10s'`)
    await client.query(sql)
    await client.query('insert into schema_migration (name, digest) values ($1, $2)', [name, digest])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

if (import.meta.main) {
  try {
    const { databaseUrl } = readConfig(process.env, ['databaseUrl'])
    const applied = await migrate(databaseUrl)
    console.log(applied.length > 0 ? applied.map((name) => `applied ${name}`).join('\n') : 'nothing to apply')
  } catch (error) {
    if (!isProblem(error)) throw error
    console.error(`migrate: ${error.message}${error.hint ? `\n  ${error.hint}` : ''}`)
    process.exitCode = 1
  }
}
