/** One PostgreSQL per test run, started on first use. Each test gets its own migrated database. */
import pg from 'pg'
import { postgres } from '../../ops/components/postgres.ts'
import type { RunningPostgres } from '../../ops/components/start-postgres.ts'
import { startPostgres } from '../../ops/components/start-postgres.ts'
import { migrate } from '../../ops/migrate.ts'
import { atEnd } from './at-end.ts'
import { createRunFolder } from './run-folder.ts'

let running: Promise<RunningPostgres> | undefined
let databases = 0

/** Resolves with the URL of a new, migrated database. */
export const testDatabase = (): Promise<string> => createFrom('migrated')

/** Resolves with the URL of a new, empty database. */
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
  // The test server's data may be lost, so it runs without fsync.
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
