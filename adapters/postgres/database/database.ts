/** The only access to PostgreSQL: statements built over the tables, and transactions. */
import { CompiledQuery, Kysely } from 'kysely'
import pg from 'pg'
import type { Around, TransactionEffect } from '../../crash-point.ts'
import { leaving, poolDialect } from './pool-dialect.ts'
import type { Tables } from './tables.ts'

/** Runs statements: the pool, or a transaction. Rows have PostgreSQL's types; bigint is a string. */
export interface Sql {
  /**
   * Statements over the tables. Lists are passed as arrays (`= any($1)`), so that the text of a statement does not depend on their length.
   * @throws Problem database-unavailable when the server does not answer; the driver's error when the statement is wrong
   */
  readonly build: Kysely<Tables>
  /** A whole statement as text, where the builder has no word for it. Each such statement has a comment with the reason. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

export interface Database extends Sql {
  /** Runs `work` in one transaction; rolls back when it throws. Nothing is retried here. `effect` names its commit to crash tests. */
  transaction<T>(work: (tx: Sql) => Promise<T>, effect?: TransactionEffect): Promise<T>
  /**
   * Runs `work`, however long it takes, while a session of its own holds the advisory lock `name`. Returns undefined when another session
   * holds it. A session that breaks releases the lock early, so `work` must be safe to run twice at once.
   */
  exclusive<T>(name: string, work: () => Promise<T>): Promise<T | undefined>
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly url: string
  readonly applicationName: string
  readonly maxConnections?: number
  /** Runs around each commit that has a name. */
  readonly around?: Around
}

/** A pool of at most `maxConnections` (10). Connects on first use. */
export function createDatabase({ url, applicationName, maxConnections = 10, around }: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: applicationName,
    max: maxConnections,
    connectionTimeoutMillis: 3_000,
    statement_timeout: 10_000,
    idle_in_transaction_session_timeout: 15_000,
  })
  // A server that goes away breaks idle clients. Without a listener, their error would end the process.
  pool.on('error', () => {})
  const build = new Kysely<Tables>({ dialect: poolDialect(pool) })
  return {
    ...sqlOn(build),
    transaction: (work, effect) => transaction(build, work, (commit) => (effect && around ? around(effect, commit) : commit())),
    exclusive: (name, work) => exclusive(build, name, work),
    close: () => pool.end(),
  }
}

const sqlOn = (build: Kysely<Tables>): Sql => ({
  build,
  query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
    (await build.executeQuery<Row>(CompiledQuery.raw(text, [...values]))).rows,
})

/** Not a transaction: PostgreSQL ends an idle one, and cannot vacuum rows that it can see. */
const exclusive = <T>(pool: Kysely<Tables>, name: string, work: () => Promise<T>): Promise<T | undefined> =>
  pool.connection().execute(async (session) => {
    const { query } = sqlOn(session)
    // Text: the builder has no word for settings and locks of a session. A holder whose machine has died must not keep the lock for the two
    // hours until TCP notices.
    const [row] = await query<{ got: boolean }>(
      `select set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
         set_config('tcp_keepalives_count', '3', false), pg_try_advisory_lock(hashtext($1)) as got`,
      [name],
    )
    if (!row?.got) return undefined
    try {
      return await work()
    } finally {
      await query(leaving.unlock, [name]).catch(ignore)
    }
  })

const ignore = (): void => {}

const transaction = <T>(
  pool: Kysely<Tables>,
  work: (tx: Sql) => Promise<T>,
  committing: (commit: () => Promise<unknown>) => Promise<unknown>,
): Promise<T> =>
  pool.connection().execute(async (session) => {
    const tx = sqlOn(session)
    // Text: the builder's own transactions cannot run code around the commit.
    try {
      await tx.query('begin')
      const result = await work(tx)
      await committing(() => tx.query('commit'))
      return result
    } catch (error) {
      await tx.query(leaving.rollback).catch(ignore)
      throw error
    }
  })
