/** Migrations are applied once, whole or not at all, also by concurrent starts, and a changed one is refused. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
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
      '0011-environment-ref.sql': 'create table subject (n int)',
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
    expect(await scratch.migrate({ ...before, '0011-environment-ref.sql': 'create table subject (n int)' })).to.have.length(1)
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
