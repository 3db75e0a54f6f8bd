/** Sign-in of the console: a link has a code, which is exchanged once for a session. Only digests of code and token are stored. */
import { createHash, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Actor } from '../../../domain/actor.ts'
import { isStale, noteSession } from './last-use.ts'
import type { Principal } from './keys.ts'
import type { Limit } from '../../limit/limit.ts'
import type { Database } from '../database/database.ts'
import { jsonOf } from '../database/storable.ts'

export interface Minted {
  readonly secret: string
  readonly expiresAt: Date
}

export interface Sessions {
  /** A code that works once within five minutes, with the rights of its maker. */
  mintLink(principal: Principal): Promise<Minted>
  /** The session for a code; null when it is unknown, used or too old. */
  exchange(code: string): Promise<(Minted & { readonly actor: Actor }) | null>
  verify(token: string): Promise<Principal | null>
}

const linkLivesMs = 300_000
const digest = (secret: string): Buffer => createHash('sha256').update(secret, 'utf8').digest()
/** A link or session is valid only as long as the key that opened it. */
const keyLives = sql<boolean>`(key_id is null or exists
  (select 1 from api_key k where k.id = key_id and k.revoked_at is null and k.expires_at > now()))`
const now = sql<Date>`now()`
const random = (): string => randomBytes(32).toString('base64url')

/** @param limit tells which request is the first to use a code */
export const createSessions = (db: Database, limit: Pick<Limit, 'useOnce'>): Sessions => ({
  async mintLink({ actor, scopes, keyId }) {
    const secret = random()
    const row = await db.build
      .insertInto('console_link')
      .values({
        code_digest: digest(secret),
        actor: jsonOf(actor),
        scopes,
        key_id: keyId,
        expires_at: sql<Date>`now() + interval '5 minutes'`,
      })
      .returning('expires_at')
      .executeTakeFirstOrThrow()
    return { secret, expiresAt: row.expires_at }
  },

  // Not one transaction: the limit takes a connection of its own, and a pool in which every transaction waits for another connection
  // deadlocks.
  async exchange(code) {
    const link = await db.build
      .selectFrom('console_link')
      .select(['actor', 'scopes', 'key_id as keyId'])
      .where('code_digest', '=', digest(code))
      .where('expires_at', '>', now)
      .where(keyLives)
      .executeTakeFirst()
    // Only for a link that exists, so that made-up codes do not fill the store. The code counts as used even where the session then fails.
    if (!link || !(await limit.useOnce(`console-link:${digest(code).toString('hex')}`, linkLivesMs))) return null
    const secret = random()
    const row = await db.build
      .insertInto('console_session')
      .values({
        token_digest: digest(secret),
        actor: jsonOf(link.actor),
        scopes: link.scopes,
        key_id: link.keyId,
        expires_at: sql<Date>`now() + interval '12 hours'`,
      })
      .returning('expires_at')
      .executeTakeFirstOrThrow()
    return { secret, expiresAt: row.expires_at, actor: link.actor }
  },

  async verify(token) {
    const tokenDigest = digest(token)
    const row = await db.build
      .selectFrom('console_session')
      .select(['actor', 'scopes', 'key_id as keyId', isStale.as('stale')])
      .where('token_digest', '=', tokenDigest)
      .where('expires_at', '>', now)
      .where(keyLives)
      .executeTakeFirst()
    if (!row) return null
    if (row.stale) noteSession(db, tokenDigest)
    return { actor: row.actor, scopes: row.scopes, keyId: row.keyId }
  },
})
