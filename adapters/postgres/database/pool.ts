/** The one way to PostgreSQL: parametrised queries, and transactions that either happen whole or not at all. */
import pg from 'pg'
import { Problem } from '../../../domain/problem.ts'
import type { Around, TransactionEffect } from '../../crash-point.ts'
import { inStatement } from './span.ts'
import { storable } from './storable.ts'

/** Anything that runs a statement: the pool, or a transaction. Rows are as PostgreSQL types them; bigint is a string. */
export interface Sql {
  /** @throws Problem database-unavailable when the server is not there; the driver's error when the statement is wrong */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

export interface Database extends Sql {
  /** Runs `work` in one transaction; rolls back when it throws. Nothing is retried here. `effect` names its commit to crash tests. */
  transaction<T>(work: (tx: Sql) => Promise<T>, effect?: TransactionEffect): Promise<T>
  /**
   * Runs `work`, however long it takes, while a session of its own holds the advisory lock `name`; undefined where another one has it. A
   * session that breaks gives the lock away early: what runs under it must bear a second one.
   */
  exclusive<T>(name: string, work: () => Promise<T>): Promise<T | undefined>
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly url: string
  readonly applicationName: string
  readonly maxConnections?: number
  /** Put around each commit that has a name. */
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
  // A server that goes away breaks idle clients; without a listener that ends the process.
  pool.on('error', () => {})
  return {
    query: (text, values) => run(pool, text, values),
    transaction: (work, effect) => transaction(pool, work, (commit) => (effect && around ? around(effect, commit) : commit())),
    exclusive: (name, work) => exclusive(pool, name, work),
    close: () => pool.end(),
  }
}

/** Not a transaction: one that idles is ended, and what it has seen cannot be vacuumed. */
async function exclusive<T>(pool: pg.Pool, name: string, work: () => Promise<T>): Promise<T | undefined> {
  const client = await connected(pool)
  client.on('error', ignore)
  let broken = false
  try {
    // A holder whose machine is gone must not keep the lock for the two hours that TCP would give it.
    const [row] = await run<{ got: boolean }>(
      client,
      `select set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
         set_config('tcp_keepalives_count', '3', false), pg_try_advisory_lock(hashtext($1)) as got`,
      [name],
    )
    if (!row?.got) return undefined
    try {
      return await work()
    } finally {
      await client.query('select pg_advisory_unlock(hashtext($1))', [name]).catch(() => {
        broken = true
      })
    }
  } finally {
    client.off('error', ignore)
    client.release(broken)
  }
}

const connected = (pool: pg.Pool): Promise<pg.PoolClient> =>
  pool.connect().catch((error: unknown) => {
    throw asProblem(error)
  })

const ignore = (): void => {}

async function transaction<T>(
  pool: pg.Pool,
  work: (tx: Sql) => Promise<T>,
  committing: (commit: () => Promise<unknown>) => Promise<unknown>,
): Promise<T> {
  const client = await connected(pool)
  client.on('error', ignore)
  let broken = false
  try {
    await run(client, 'begin')
    const result = await work({ query: (text, values) => run(client, text, values) })
    await committing(() => run(client, 'commit'))
    return result
  } catch (error) {
    await inStatement('rollback', () => client.query('rollback')).catch(() => {
      broken = true
    })
    throw error
  } finally {
    client.off('error', ignore)
    client.release(broken)
  }
}

async function run<Row extends object>(
  client: pg.Pool | pg.PoolClient,
  text: string,
  values?: readonly unknown[],
): Promise<Row[]> {
  try {
    const result = await inStatement(text, () => client.query<Row>(text, values === undefined ? undefined : values.map(storable)))
    return result.rows
  } catch (error) {
    throw asProblem(error)
  }
}

/** Connection failures, shutdown and start-up of the server (class 57P, 08) are weather; everything else is a bug of ours. */
function asProblem(error: unknown): unknown {
  const code = (error as { code?: unknown }).code
  const message = error instanceof Error ? error.message : String(error)
  const isWeather =
    (typeof code === 'string' && /^(08|57P|53300|ECONN|EPIPE|ENOTFOUND|ETIMEDOUT)/.test(code)) ||
    /Connection terminated|timeout exceeded when trying to connect|not queryable/.test(message)
  return isWeather ? new Problem('database-unavailable', 'the database does not answer', { cause: error }) : error
}
