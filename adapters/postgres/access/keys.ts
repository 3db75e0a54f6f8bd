/** API keys: `holdfast_<id>_<256-bit secret><crc>`. Only a keyed digest is stored; a key is shown once and never logged. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import type { Actor } from '../../../domain/actor.ts'
import { isStale, noteKey } from './last-use.ts'
import type { Page, PageRequest } from '../database/page.ts'
import { foreignCursor, pageOf } from '../database/page.ts'
import type { Database, Sql } from '../database/database.ts'
import { jsonOf } from '../database/storable.ts'
import type { Tables } from '../database/tables.ts'

/** The holder of a credential, and the actions that it allows: `*`, `release:*`, `release:start`. */
export interface Principal {
  readonly actor: Actor
  readonly scopes: readonly string[]
  /** The key that was sent, or that minted the console's link; revoking it ends the session. Null: none. */
  readonly keyId: string | null
}

/** The secrets that stored digests are keyed with, by version. Older versions are still accepted. */
export interface Pepper {
  readonly version: number
  readonly secrets: Readonly<Record<number, string>>
}

/** The only version there is. */
export const pepperOf = (secret: string): Pepper => ({ version: 1, secrets: { 1: secret } })

const pattern = /^(holdfast_([0-9a-f]{12})_[0-9a-f]{64})([0-9a-f]{8})$/

/** How long a key is valid, unless its maker says otherwise. */
const lifetimeMs = 90 * 86_400_000

interface Wanted {
  readonly owner: Actor
  readonly scopes: readonly string[]
  readonly forMs: number
}

/** A key as it is stored: everything but the key itself. */
export interface KeyRow {
  readonly id: string
  readonly owner: Actor
  readonly scopes: readonly string[]
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly revokedAt: Date | null
  /** The last use, to the minute, of the key or of a console session that it opened. Null: never. */
  readonly lastUsedAt: Date | null
  /** Sessions of the console that it opened and that end with it. */
  readonly sessions: { readonly open: number; readonly lastUsedAt: Date | null }
  /** Neither revoked nor expired, by the database's clock. */
  readonly isLive: boolean
}

/** Mints a key that is valid for 90 days. The answer is the only time it is seen. */
export const createKey = async (db: Sql, pepper: Pepper, owner: Actor, scopes: readonly string[]): Promise<string> =>
  (await mint(db, pepper, { owner, scopes, forMs: lifetimeMs })).key

async function mint(db: Sql, pepper: Pepper, { owner, scopes, forMs }: Wanted): Promise<KeyRow & { readonly key: string }> {
  const id = randomBytes(6).toString('hex')
  const body = `holdfast_${id}_${randomBytes(32).toString('hex')}`
  const key = `${body}${checksum(body)}`
  const row = await db.build
    .insertInto('api_key')
    .values({
      id,
      owner: jsonOf(owner),
      scopes,
      mac: macOf(pepper, pepper.version, key),
      pepper_version: pepper.version,
      expires_at: sql<Date>`now() + ${forMs}::double precision * interval '1 millisecond'`,
    })
    .returning([...columns, isLive, openSessions, sessionUsedAt])
    .executeTakeFirstOrThrow()
  return { ...rowOf(row), key }
}

export interface Keys {
  /** The holder of a key; null for anything that is not a valid key of ours. An unknown key takes as long as a wrong one. */
  verify(key: string): Promise<Principal | null>
  /** The answer is the only time that the key is seen. */
  create(wanted: Wanted): Promise<KeyRow & { readonly key: string }>
  /** The newest first. */
  list(request: PageRequest): Promise<Page<KeyRow>>
  /** Revokes it at once, with the console sessions that it opened. A repeat is fine. False: there is no such key. */
  revoke(id: string): Promise<boolean>
}

export const createKeys = (db: Database, pepper: Pepper): Keys => ({
  async verify(key) {
    const [, body, id, crc] = pattern.exec(key) ?? []
    // The checksum keeps mistyped and cut keys away from the database.
    if (body === undefined || id === undefined || crc !== checksum(body)) return null
    const row = await db.build
      .selectFrom('api_key')
      .select(['owner', 'scopes', 'mac', 'pepper_version', isLive, isStale.as('stale')])
      .where('id', '=', id)
      .executeTakeFirst()
    const mac = macOf(pepper, row?.pepper_version ?? pepper.version, key)
    const stored = row?.mac.length === mac.length ? row.mac : Buffer.alloc(mac.length)
    const isEqual = timingSafeEqual(stored, mac)
    if (!row || !isEqual || !row.live) return null
    if (row.stale) noteKey(db, id)
    return { actor: row.owner, scopes: row.scopes, keyId: id }
  },

  create: (wanted) => mint(db, pepper, wanted),

  async list({ limit, after }) {
    const [at, id] = splitKey(after)
    const rows = await db.build
      .selectFrom('api_key')
      .select([
        ...columns,
        isLive,
        openSessions,
        sessionUsedAt,
        sql<string>`(extract(epoch from created_at) * 1000000)::bigint::text`.as('at'),
      ])
      .$if(at !== null, (keys) =>
        keys.where(sql<boolean>`(created_at, id) < (to_timestamp(${at}::bigint / 1000000.0), ${id}::text)`),
      )
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute()
    const page = pageOf(rows, limit, (row) => `${row.at} ${row.id}`)
    return { ...page, items: page.items.map(rowOf) }
  },

  async revoke(id) {
    const row = await db.build
      .updateTable('api_key')
      .set({ revoked_at: sql<Date>`coalesce(revoked_at, now())` })
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst()
    return row !== undefined
  },
})

/**
 * Where the previous page ended: the creation of its last key in microseconds, and its id.
 * @throws Problem invalid-input for a cursor of another list
 */
function splitKey(after: string | undefined): readonly [string | null, string | null] {
  if (after === undefined) return [null, null]
  const [, at, id] = /^(\d{1,17}) ([0-9a-f]{12})$/.exec(after) ?? []
  if (at !== undefined && id !== undefined) return [at, id]
  throw foreignCursor()
}

const columns = ['id', 'owner', 'scopes', 'created_at', 'expires_at', 'revoked_at', 'last_used_at'] as const
const isLive = sql<boolean>`expires_at > now() and revoked_at is null`.as('live')
const openSessions = sql<number>`(select count(*)::integer from console_session s
  where s.key_id = api_key.id and s.expires_at > now() and api_key.expires_at > now() and api_key.revoked_at is null)`.as(
  'open_sessions',
)
const sessionUsedAt = sql<Date | null>`(select max(s.last_used_at) from console_session s where s.key_id = api_key.id)`.as(
  'session_used_at',
)

type KeyColumns = Pick<Selectable<Tables['api_key']>, (typeof columns)[number]> & {
  readonly live: boolean
  readonly open_sessions: number
  readonly session_used_at: Date | null
}

const rowOf = (row: KeyColumns): KeyRow => ({
  id: row.id,
  owner: row.owner,
  scopes: row.scopes,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
  isLive: row.live,
  lastUsedAt: row.last_used_at,
  sessions: { open: row.open_sessions, lastUsedAt: row.session_used_at },
})

/** An unknown version of the pepper matches nothing. */
const macOf = (pepper: Pepper, version: number, key: string): Buffer =>
  createHmac('sha256', pepper.secrets[version] ?? randomBytes(32))
    .update(key, 'utf8')
    .digest()

const checksum = (body: string): string => crc32(body).toString(16).padStart(8, '0')
