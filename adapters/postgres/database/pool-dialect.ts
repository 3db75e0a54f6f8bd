/**
 * Kysely's driver on our pool. A built statement is prepared once per session, every statement has its span, and a lost connection becomes
 * a Problem.
 */
import { createHash } from 'node:crypto'
import type { CompiledQuery, DatabaseConnection, Dialect, Driver } from 'kysely'
import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import type pg from 'pg'
import { Problem } from '../../../domain/problem.ts'
import { inStatement } from './in-statement.ts'
import { storable } from './storable.ts'

/** Statements that end the use of a session. Where one fails, the session is closed and not used again. */
export const leaving = { rollback: 'rollback', unlock: 'select pg_advisory_unlock(hashtext($1))' } as const

interface Session extends DatabaseConnection {
  readonly client: pg.PoolClient
  broken: boolean
}

/** PostgreSQL over `pool`, which stays the caller's. */
export const poolDialect = (pool: pg.Pool): Dialect => ({
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => createDriver(pool),
  createIntrospector: (db) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
})

function createDriver(pool: pg.Pool): Driver {
  // database.ts begins and ends transactions, because tests crash the process at their commits.
  const notHere = () => Promise.reject(new Error('a transaction is begun by Database.transaction'))
  return {
    init: async () => {},
    acquireConnection: () => openSession(pool),
    async releaseConnection(session) {
      const { client, broken } = session as Session
      client.off('error', ignore)
      client.release(broken)
    },
    beginTransaction: notHere,
    commitTransaction: notHere,
    rollbackTransaction: notHere,
    destroy: async () => {},
  }
}

const ignore = (): void => {}

async function openSession(pool: pg.Pool): Promise<Session> {
  const client = await pool.connect().catch((error: unknown) => {
    throw asProblem(error)
  })
  // A connection that breaks between two statements would end the process.
  client.on('error', ignore)
  const session: Session = {
    client,
    broken: false,
    async executeQuery<Row>(compiled: CompiledQuery) {
      try {
        const { command, rowCount, rows } = await run(client, compiled)
        return { ...(isChange.has(command) ? { numAffectedRows: BigInt(rowCount ?? 0) } : {}), rows: (rows ?? []) as Row[] }
      } catch (error) {
        session.broken ||= compiled.sql === leaving.rollback || compiled.sql === leaving.unlock
        throw asProblem(error)
      }
    },
    streamQuery() {
      throw new Error('no statement is streamed')
    },
  }
  return session
}

const isChange: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])

/** A statement written as text stays unnamed: it is rare, and may be more than one statement. */
const run = (client: pg.PoolClient, { sql: text, parameters, query }: CompiledQuery): Promise<pg.QueryResult> => {
  const values = parameters.map(storable)
  return inStatement(text, () =>
    query.kind === 'RawNode' ? client.query(text, values) : client.query({ name: nameOf(text), text, values }),
  )
}

const names = new Map<string, string>()

/**
 * Equal texts have one name in every session. Their number is bounded by the code, because a list is one array and not many parameters.
 */
function nameOf(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = createHash('sha256').update(text, 'utf8').digest('base64url')
  names.set(text, name)
  return name
}

/**
 * Connection failures, a server that shuts down or starts up (classes 08 and 57P) and one without a free connection (53300) are
 * `database-unavailable`. Every other error is a bug in Holdfast.
 */
function asProblem(error: unknown): unknown {
  const code = (error as { code?: unknown }).code
  const message = error instanceof Error ? error.message : String(error)
  const isWeather =
    (typeof code === 'string' && /^(08|57P|53300|ECONN|EPIPE|ENOTFOUND|ETIMEDOUT)/.test(code)) ||
    /Connection terminated|timeout exceeded when trying to connect|not queryable/.test(message)
  return isWeather ? new Problem('database-unavailable', 'the database does not answer', { cause: error }) : error
}
