/** API keys: `holdfast_<id>_<256-bit secret><crc>`. Only a keyed digest is stored; a key is shown once and never logged. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Actor } from '../../domain/actor.ts'
import type { Database, Sql } from './pool.ts'
import { jsonOf } from './storable.ts'

/** Who holds a credential, and which actions it allows: `*`, `release:*`, `release:start`. */
export interface Principal {
  readonly actor: Actor
  readonly scopes: readonly string[]
}

/** The secret that stored digests are keyed with; older versions are still accepted. */
export interface Pepper {
  readonly version: number
  readonly secrets: Readonly<Record<number, string>>
}

/** The only version there is. */
export const pepperOf = (secret: string): Pepper => ({ version: 1, secrets: { 1: secret } })

const pattern = /^(holdfast_([0-9a-f]{12})_[0-9a-f]{64})([0-9a-f]{8})$/

const lifetime = `interval '90 days'`

/** Mints a key that is valid for 90 days. The answer is the only time it is seen. */
export async function createKey(db: Sql, pepper: Pepper, owner: Actor, scopes: readonly string[]): Promise<string> {
  const id = randomBytes(6).toString('hex')
  const body = `holdfast_${id}_${randomBytes(32).toString('hex')}`
  const key = `${body}${checksum(body)}`
  await db.query(
    `insert into api_key (id, owner, scopes, mac, pepper_version, expires_at) values ($1, $2, $3, $4, $5, now() + ${lifetime})`,
    [id, jsonOf(owner), scopes, macOf(pepper, pepper.version, key), pepper.version],
  )
  return key
}

export interface Keys {
  /** Whose key it is; null for anything that is not a live key of ours. Takes as long for an unknown key as for a wrong one. */
  verify(key: string): Promise<Principal | null>
}

export const createKeys = (db: Database, pepper: Pepper): Keys => ({
  async verify(key) {
    const [, body, id, crc] = pattern.exec(key) ?? []
    // The checksum spares the database what was mistyped or cut off.
    if (body === undefined || id === undefined || crc !== checksum(body)) return null
    const [row] = await db.query<{ owner: Actor; scopes: string[]; mac: Buffer; pepper_version: number; live: boolean }>(
      'select owner, scopes, mac, pepper_version, expires_at > now() and revoked_at is null as live from api_key where id = $1',
      [id],
    )
    const mac = macOf(pepper, row?.pepper_version ?? pepper.version, key)
    const stored = row?.mac.length === mac.length ? row.mac : Buffer.alloc(mac.length)
    const isEqual = timingSafeEqual(stored, mac)
    return row && isEqual && row.live ? { actor: row.owner, scopes: row.scopes } : null
  },
})

/** An unknown version of the pepper matches nothing. */
const macOf = (pepper: Pepper, version: number, key: string): Buffer =>
  createHmac('sha256', pepper.secrets[version] ?? randomBytes(32))
    .update(key, 'utf8')
    .digest()

const checksum = (body: string): string => crc32(body).toString(16).padStart(8, '0')
