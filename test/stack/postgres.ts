/** One PostgreSQL per test run, started on first use; each test gets a database of its own, migrated. */
import pg from 'pg'
import { postgres } from '../../ops/components/postgres.ts'
import type { RunningPostgres } from '../../ops/components/start-postgres.ts'
import { startPostgres } from '../../ops/components/start-postgres.ts'
import { migrate } from '../../ops/migrate.ts'
import { atEnd } from './at-end.ts'
import { createRunFolder } from './run-folder.ts'

let running: Promise<RunningPostgres> | undefined
let databases = 0

/** URL of a fresh, migrated database. */
export const testDatabase = (): Promise<string> => createFrom('migrated')

/** URL of a fresh database with nothing in it. */
export const emptyDatabase = (): Promise<string> => createFrom('template1')

async function createFrom(template: string): Promise<string> {
  running ??= start()
  const server = await running
  databases += 1
  const name = `test_${databases}`
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  await client.query(`create database ${name} template ${template}`)
  await client.end()
  return withDatabase(server.url, name)
}

async function start(): Promise<RunningPostgres> {
  const folder = await createRunFolder('postgres')
  const { path } = await postgres.find(process.env, console.log)
  // A test server's data is worth nothing: no fsync.
  const server = await startPostgres({ binFolder: path, folder, settings: { fsync: 'off', full_page_writes: 'off' } })
  atEnd(() => server.stop())
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  await client.query('create database migrated')
  await client.end()
  await migrate(withDatabase(server.url, 'migrated'))
  return server
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}
