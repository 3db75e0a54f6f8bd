/** Deletes what has expired: answers of idempotency keys, links and sessions of the console. */
import { sql } from 'kysely'
import type { Database } from '../database/database.ts'
import { storedSince } from './idempotency.ts'

const now = sql<Date>`now()`

/** Deletes at most `most` rows of each kind, found by index, and skips rows that a request has locked. Returns how many it deleted. */
export async function forgetExpired(db: Database, most = 1_000): Promise<number> {
  const gone = [
    await db.build
      .deleteFrom('console_link')
      .where('code_digest', 'in', (link) =>
        link.selectFrom('console_link').select('code_digest').where('expires_at', '<', now).limit(most).forUpdate().skipLocked(),
      )
      .executeTakeFirst(),
    await db.build
      .deleteFrom('console_session')
      .where('token_digest', 'in', (session) =>
        session
          .selectFrom('console_session')
          .select('token_digest')
          .where('expires_at', '<', now)
          .limit(most)
          .forUpdate()
          .skipLocked(),
      )
      .executeTakeFirst(),
    await db.build
      .deleteFrom('idempotency')
      .where(({ refTuple, selectFrom }) => {
        const over = selectFrom('idempotency').where('created_at', '<', storedSince).limit(most).forUpdate().skipLocked()
        return sql<boolean>`${refTuple('actor', 'route', 'key')} in ${over.select(['actor', 'route', 'key'])}`
      })
      .executeTakeFirst(),
  ]
  return gone.reduce((sum, { numDeletedRows }) => sum + Number(numDeletedRows), 0)
}
