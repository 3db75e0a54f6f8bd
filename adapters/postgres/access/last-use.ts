/** Notes when credentials were last used, to the minute, so that a busy key costs one write a minute over all API processes. */
import { sql } from 'kysely'
import type { Database } from '../database/database.ts'

/** Whether the noted last use is older than a minute. */
export const isStale = sql<boolean>`(last_used_at is null or last_used_at < now() - interval '1 minute')`

/**
 * Notes that a key was used. No request waits for the write or fails with it, so that a person can abort a release while the database's disk
 * is full. A row that another request is writing at this moment is left to that request.
 */
export const noteKey = (db: Database, id: string): void => void writeKey(db, id).catch(() => {})

/** Notes that a console session was used, and with it the key that opened it. */
export const noteSession = (db: Database, tokenDigest: Buffer): void => void writeSession(db, tokenDigest).catch(() => {})

const now = sql<Date>`now()`

const writeKey = (db: Database, id: string) =>
  db.build
    .updateTable('api_key')
    .set({ last_used_at: now })
    .where('id', '=', (key) =>
      key.selectFrom('api_key').select('id').where('id', '=', id).where(isStale).forUpdate().skipLocked(),
    )
    .execute()

async function writeSession(db: Database, tokenDigest: Buffer): Promise<void> {
  const used = await db.build
    .updateTable('console_session')
    .set({ last_used_at: now })
    .where('token_digest', '=', (session) =>
      session
        .selectFrom('console_session')
        .select('token_digest')
        .where('token_digest', '=', tokenDigest)
        .where(isStale)
        .forUpdate()
        .skipLocked(),
    )
    .returning('key_id')
    .executeTakeFirst()
  if (typeof used?.key_id === 'string') await writeKey(db, used.key_id)
}
