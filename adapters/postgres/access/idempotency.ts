/** Idempotency keys: the first request with a key claims it, a repeat gets the first answer, a stuck claim is taken over. */
import { sql } from 'kysely'
import { Problem } from '../../../domain/problem.ts'
import type { Database, Sql } from '../database/database.ts'

/** The scope of a key, and the request that it was used for. */
export interface KeyUse {
  readonly actor: string
  readonly route: string
  readonly key: string
  /** Digest of path, query and body. Another request has another digest. */
  readonly bodyDigest: string
}

/** The right to answer. `token` changes when another request takes the claim over. */
export interface Claim extends KeyUse {
  readonly token: string
}

export interface StoredAnswer {
  readonly status: number
  readonly location: string | null
  readonly answer: Buffer
}

export type Claimed = { readonly kind: 'claimed'; readonly claim: Claim } | ({ readonly kind: 'answered' } & StoredAnswer)

export interface Idempotency {
  /** @throws Problem idempotency-key-reused, request-in-flight */
  claim(use: KeyUse): Promise<Claimed>
  /** Stores the answer for 24 h, if the claim is still ours. */
  answer(claim: Claim, stored: StoredAnswer): Promise<void>
  /** Gives the claim back, because nothing happened and the next request may try. An answer that was stored stays. */
  release(claim: Claim): Promise<void>
}

export const storedSince = sql<Date>`now() - interval '24 hours'`
const madeAt = sql<string>`created_at::text`

const rowOf = ({ actor, route, key }: KeyUse) => ({ actor, route, key })

export const createIdempotency = (db: Database): Idempotency => ({
  claim: (use) => db.transaction((tx) => claim(tx, use)),

  async answer(claim, { status, location, answer }) {
    await write(db, claim, status, location, answer)
  },

  async release(claim) {
    await db.build
      .deleteFrom('idempotency')
      .where((eb) => eb.and(rowOf(claim)))
      .where(madeAt, '=', claim.token)
      .where('status', 'is', null)
      .execute()
  },
})

async function claim(tx: Sql, use: KeyUse): Promise<Claimed> {
  const { key, bodyDigest } = use
  const mine = await tx.build
    .insertInto('idempotency')
    .values({ ...rowOf(use), body_digest: bodyDigest })
    // An expired row counts as gone, whether or not the sweeper has deleted it.
    .onConflict((conflict) =>
      conflict
        .columns(['actor', 'route', 'key'])
        .doUpdateSet({ body_digest: bodyDigest, status: null, location: null, answer: null, created_at: sql`clock_timestamp()` })
        .where('idempotency.created_at', '<', storedSince),
    )
    .returning(madeAt.as('token'))
    .executeTakeFirst()
  if (mine) return { kind: 'claimed', claim: { ...use, token: mine.token } }
  const row = await tx.build
    .selectFrom('idempotency')
    .select(['body_digest', 'status', 'location', 'answer'])
    .select(sql<boolean>`created_at < now() - interval '10 seconds'`.as('stale'))
    .where((eb) => eb.and(rowOf(use)))
    .forUpdate()
    .executeTakeFirst()
  if (!row) throw inFlight(key)
  if (row.body_digest !== bodyDigest) throw new Problem('idempotency-key-reused', `key '${key}' was used for another request`)
  const { status, location, answer } = row
  if (status !== null && answer !== null) return { kind: 'answered', status, location, answer }
  if (!row.stale) throw inFlight(key)
  const taken = await tx.build
    .updateTable('idempotency')
    .set({ created_at: sql<Date>`clock_timestamp()` })
    .where((eb) => eb.and(rowOf(use)))
    .returning(madeAt.as('token'))
    .executeTakeFirst()
  if (!taken) throw inFlight(key)
  return { kind: 'claimed', claim: { ...use, token: taken.token } }
}

const inFlight = (key: string): Problem =>
  new Problem('request-in-flight', `the first request with key '${key}' is still being answered`)

/** Writes the answer within the transaction of its effect. @throws Problem request-in-flight when the claim was taken over */
export async function answerClaim(
  tx: Sql,
  claim: Claim | null,
  { status, location, body }: { readonly status: number; readonly location: string; readonly body: unknown },
): Promise<void> {
  if (!claim) return
  if (!(await write(tx, claim, status, location, Buffer.from(JSON.stringify(body), 'utf8')))) throw inFlight(claim.key)
}

async function write(db: Sql, claim: Claim, status: number, location: string | null, answer: Buffer): Promise<boolean> {
  const row = await db.build
    .updateTable('idempotency')
    .set({ status, location, answer })
    .where((eb) => eb.and(rowOf(claim)))
    .where(madeAt, '=', claim.token)
    .where('status', 'is', null)
    .returning('key')
    .executeTakeFirst()
  return row !== undefined
}
