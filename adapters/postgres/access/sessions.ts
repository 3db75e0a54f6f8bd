/** The console's way in: a link with a code that is exchanged once for a session. Only digests of code and token are kept. */
import { createHash, randomBytes } from 'node:crypto'
import type { Actor } from '../../../domain/actor.ts'
import type { Principal } from './keys.ts'
import type { Database } from '../database/pool.ts'
import { jsonOf } from '../database/storable.ts'

export interface Minted {
  readonly secret: string
  readonly expiresAt: Date
}

export interface Sessions {
  /** A code that is good once, for five minutes, and carries the rights of who minted it. */
  mintLink(principal: Principal): Promise<Minted>
  /** The session for a code; null when it is unknown, used or too old. */
  exchange(code: string): Promise<(Minted & { readonly actor: Actor }) | null>
  verify(token: string): Promise<Principal | null>
}

const digest = (secret: string): Buffer => createHash('sha256').update(secret, 'utf8').digest()
/** A session is as good as the key that opened it. */
const keyLives =
  '(key_id is null or exists (select 1 from api_key k where k.id = key_id and k.revoked_at is null and k.expires_at > now()))'
const random = (): string => randomBytes(32).toString('base64url')

export const createSessions = (db: Database): Sessions => ({
  async mintLink({ actor, scopes, keyId }) {
    const secret = random()
    const [row] = await db.query<{ expires_at: Date }>(
      `insert into console_link (code_digest, actor, scopes, key_id, expires_at) values ($1, $2, $3, $4, now() + interval '5 minutes') returning expires_at`,
      [digest(secret), jsonOf(actor), scopes, keyId],
    )
    return { secret, expiresAt: row?.expires_at ?? new Date() }
  },

  exchange: (code) =>
    db.transaction(async (tx) => {
      await tx.query('delete from console_link where expires_at < now()')
      await tx.query('delete from console_session where expires_at < now()')
      const [link] = await tx.query<Principal>(
        `update console_link set used_at = now() where code_digest = $1 and used_at is null and expires_at > now() and ${keyLives}
           returning actor, scopes, key_id as "keyId"`,
        [digest(code)],
      )
      if (!link) return null
      const secret = random()
      const [row] = await tx.query<{ expires_at: Date }>(
        `insert into console_session (token_digest, actor, scopes, key_id, expires_at) values ($1, $2, $3, $4, now() + interval '12 hours') returning expires_at`,
        [digest(secret), jsonOf(link.actor), link.scopes, link.keyId],
      )
      return { secret, expiresAt: row?.expires_at ?? new Date(), actor: link.actor }
    }),

  async verify(token) {
    const [row] = await db.query<Principal>(
      `select actor, scopes, key_id as "keyId" from console_session where token_digest = $1 and expires_at > now() and ${keyLives}`,
      [digest(token)],
    )
    return row ?? null
  },
})
