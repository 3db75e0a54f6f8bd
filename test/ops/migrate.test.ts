/** Migrations are applied once, whole or not at all, also by concurrent starts, and a changed one is refused. */
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createDatabase } from '../../adapters/postgres/database/database.ts'
import { isProblem } from '../../domain/problem.ts'
import { migrate } from '../../ops/migrate.ts'
import { emptyDatabase } from '../stack/postgres.ts'

const first = { '0001-first.sql': 'create table a (n int); create table b (n int)' }
const second = { ...first, '0002-second.sql': 'alter table a add column m int' }

/** Two rollouts, of which one has ended, with what metrics are summed from. */
const rowsOfBefore = [
  `insert into service (name, declaration, declaration_digest) values ('shop', '{}', '')`,
  `insert into environment (service, name, stable) values ('shop', 'production', '{"v":1}')`,
  `insert into turn (workflow_id, resource, kind, subject_kind, subject, rank, ordinal)
     select id, 'environment:shop/production', 'rollout', 'release', id, 1, 1 from unnest('{a,b}'::text[]) id`,
  `insert into rollout (workflow_id, ref, plan) select workflow_id, 'shop/production', '{}' from turn`,
  `insert into analysis (workflow_id, status)
     select workflow_id, '{"canary":{"bad":3,"total":10},"stable":{"bad":5,"total":100}}' from turn where workflow_id = 'b'`,
  `update rollout set phase = 'starting' where workflow_id = 'b'`,
  `insert into failed_requests (workflow_id, estimate) values ('a', 3)`,
]

describe('migrations', function () {
  this.timeout(60_000)

  it('are applied in order, each once', async () => {
    await using scratch = await createScratch()
    expect(await scratch.migrate(first)).to.deep.equal(['0001-first.sql'])
    expect(await scratch.migrate(second)).to.deep.equal(['0002-second.sql'])
    expect(await scratch.migrate(second)).to.deep.equal([])
    expect(await scratch.ask('select n, m from a')).to.deep.equal([])
  })

  it('are applied once when many start at the same time', async () => {
    await using scratch = await createScratch()
    const done = await Promise.all(Array.from({ length: 6 }, () => scratch.migrate(second)))
    expect(done.flat()).to.deep.equal(Object.keys(second))
  })

  it('leave nothing of a failed one, and everything of those before it', async () => {
    await using scratch = await createScratch()
    const error = await failure(scratch.migrate({ ...first, '0002-bad.sql': 'create table c (n int); select nonsense' }))
    expect(String(error)).to.match(/nonsense/)
    expect(await scratch.ask(`select to_regclass('a') is not null as a, to_regclass('c') is not null as c`)).to.deep.equal([
      { a: true, c: false },
    ])
    expect(await scratch.migrate(second)).to.deep.equal(['0002-second.sql'])
  })

  it('refuse a file that was changed after it was applied', async () => {
    await using scratch = await createScratch()
    await scratch.migrate(first)
    const error = await failure(scratch.migrate({ '0001-first.sql': 'create table other (n int)' }))
    expect(isProblem(error, 'migrations-differ') && error.message).to.match(/0001-first\.sql was changed/)
  })

  it('refuse a database that a newer version has migrated', async () => {
    await using scratch = await createScratch()
    await scratch.migrate(second)
    const error = await failure(scratch.migrate(first))
    expect(isProblem(error, 'migrations-differ') && error.message).to.match(/0002-second\.sql/)
  })

  it('refuse data of an older version that is no longer read, and leave it unchanged', async () => {
    await using scratch = await createScratch()
    const before = { '0001-first.sql': 'create table service (n int)' }
    const all = {
      ...before,
      '0002-more.sql': 'create table a (n int)',
      '0013-fencing-token.sql': 'create table subject (n int)',
    }
    await scratch.migrate(before)
    await scratch.ask('insert into service values (1)')
    const error = await failure(scratch.migrate(all))
    expect(isProblem(error, 'migrations-differ') && error.hint).to.include('HOLDFAST_HOME')
    expect(await scratch.ask(`select to_regclass('a') is null as untouched`)).to.deep.equal([{ untouched: true }])
  })

  it('continue when a first start was killed between two of them, before anything was declared', async () => {
    await using scratch = await createScratch()
    const before = { '0001-first.sql': 'create table service (n int)' }
    await scratch.migrate(before)
    expect(await scratch.migrate({ ...before, '0013-fencing-token.sql': 'create table subject (n int)' })).to.have.length(1)
  })

  it('keep the rows of the oldest version that is read', async () => {
    const folder = join(import.meta.dirname, '../../ops/migrations')
    const names = (await readdir(folder)).toSorted()
    const shipped = await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const))
    await using scratch = await createScratch()
    await scratch.migrate(Object.fromEntries(shipped.filter(([name]) => name <= '0013-fencing-token.sql')))
    for (const row of rowsOfBefore) await scratch.ask(row)
    await scratch.migrate(Object.fromEntries(shipped))
    await scratch.ask(`update rollout set phase = 'ended', outcome = 'rolled-back'`)
    expect(await scratch.ask('select ref, stable from environment')).to.deep.equal([{ ref: 'shop/production', stable: { v: 1 } }])
    expect(await scratch.ask('select phase, count(*)::int from phase_span group by phase order by phase')).to.deep.equal([
      { phase: 'queued', count: 2 },
      { phase: 'starting', count: 1 },
    ])
    expect(await scratch.ask('select workflow_id, estimate from failed_requests order by estimate')).to.deep.equal([
      { workflow_id: 'b', estimate: 2.5 },
      { workflow_id: 'a', estimate: 3 },
    ])
  })

  it('say so when there is no database', async () => {
    expect(isProblem(await failure(migrate('postgres://nobody:hunter2@127.0.0.1:1/none')), 'database-unavailable')).to.equal(true)
  })
})

async function createScratch() {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-migrate-'))
  const url = await emptyDatabase()
  const database = createDatabase({ url, applicationName: 'test', maxConnections: 1 })
  return {
    ask: (sql: string) => database.query(sql),
    async migrate(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
      const own = await mkdtemp(join(folder, 'files-'))
      for (const [name, sql] of Object.entries(files)) await writeFile(join(own, name), sql)
      return migrate(url, own)
    },
    async [Symbol.asyncDispose]() {
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'it did not fail',
    (error: unknown) => error,
  )
