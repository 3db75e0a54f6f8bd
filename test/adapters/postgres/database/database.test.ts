/**
 * The connection to PostgreSQL: transactions are applied whole or not at all, and a server that is away is an expected failure, never a
 * crash.
 */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createDatabase } from '../../../../adapters/postgres/database/database.ts'
import { isProblem } from '../../../../domain/problem.ts'
import { emptyDatabase } from '../../../stack/postgres.ts'
import { until } from '../../../stack/until.ts'

describe('a database', function () {
  this.timeout(60_000)

  it('applies a transaction whole, and nothing of one that throws', async () => {
    await using scratch = await createScratch()
    const { database } = scratch
    await database.query('create table kept (n int)')
    await database.transaction((tx) => tx.query('insert into kept values ($1)', [1]))
    const thrown = await failure(
      database.transaction(async (tx) => {
        await tx.query('insert into kept values (2)')
        throw new Error('on purpose')
      }),
    )
    expect([String(thrown), await database.query('select n from kept')]).to.deep.equal(['Error: on purpose', [{ n: 1 }]])
  })

  it('continues after its connections are cut, idle or in a transaction', async () => {
    await using scratch = await createScratch()
    const { database, cut } = scratch
    await database.query('select 1')
    await cut()
    expect(await eventually(() => database.query('select 1 as one'))).to.deep.equal([{ one: 1 }])
    const inside = await failure(
      database.transaction(async (tx) => {
        await tx.query('select 1')
        await cut()
        await tx.query('select 1')
      }),
    )
    expect(isProblem(inside, 'database-unavailable')).to.equal(true)
    expect(await eventually(() => database.query('select 1 as one'))).to.deep.equal([{ one: 1 }])
  })

  it('that is away answers database-unavailable, for a query and for a transaction', async () => {
    const database = createDatabase({ url: 'postgres://nobody:hunter2@127.0.0.1:1/none', applicationName: 'test' })
    const errors = [await failure(database.query('select 1')), await failure(database.transaction((tx) => tx.query('select 1')))]
    for (const error of errors) expect(isProblem(error, 'database-unavailable') && error.message).not.to.match(/hunter2/)
    await database.close()
  })

  it('runs work under a lock one at a time, outside a transaction', async () => {
    await using scratch = await createScratch()
    const { database } = scratch
    const sessions = () =>
      database.query<{ state: string }>(
        `select state from pg_stat_activity join pg_locks using (pid) where locktype = 'advisory' and datname = current_database()`,
      )
    const seen = await database.exclusive('one', async () => [
      await sessions(),
      await database.exclusive('one', async () => 'a second'),
      await database.exclusive('two', async () => 'another'),
    ])
    expect(seen).to.deep.equal([[{ state: 'idle' }], undefined, 'another'])
    const thrown = await failure(database.exclusive('one', () => Promise.reject(new Error('on purpose'))))
    expect(String(thrown)).to.equal('Error: on purpose')
    expect(await sessions()).to.deep.equal([])
  })

  it('frees a lock whose session was cut, while the work under it continues', async () => {
    await using scratch = await createScratch()
    const { database, cut } = scratch
    const done = await database.exclusive('one', async () => {
      await cut()
      return until('the lock', () => database.exclusive('one', async () => 'the next').catch(() => undefined))
    })
    expect(done).to.equal('the next')
    expect(await database.exclusive('one', async () => 'again')).to.equal('again')
  })

  it('reports a wrong statement by its own error, and bounds the time of every statement', async () => {
    await using scratch = await createScratch()
    const wrong = (await failure(scratch.database.query('select nonsense'))) as { code?: string }
    expect(wrong.code).to.equal('42703')
    expect(await scratch.database.query('show statement_timeout')).to.deep.equal([{ statement_timeout: '10s' }])
  })
})

async function createScratch() {
  const url = await emptyDatabase()
  const database = createDatabase({ url, applicationName: 'test' })
  const other = createDatabase({ url, applicationName: 'cutter' })
  return {
    database,
    /** Ends every connection of `database`, as a failover would. */
    cut: () =>
      other.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test' and datname = current_database()`,
      ),
    async [Symbol.asyncDispose]() {
      await database.close()
      await other.close()
    },
  }
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'it did not fail',
    (error: unknown) => error,
  )

/** Retries once: a cut connection may be noticed only at its next use. */
async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = 3; ; left -= 1) {
    try {
      return await ask()
    } catch (error) {
      if (left === 0 || !isProblem(error, 'database-unavailable')) throw error
    }
  }
}
