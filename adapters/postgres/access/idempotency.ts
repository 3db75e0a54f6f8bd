/** Idempotency keys: the first request with a key claims it, a repeat gets the first answer, a stuck claim is taken over. */
import { Problem } from '../../../domain/problem.ts'
import type { Database, Sql } from '../database/pool.ts'

/** What a key is scoped by, and what it was used for. */
export interface KeyUse {
  readonly actor: string
  readonly route: string
  readonly key: string
  /** Digest of everything that makes the request what it is. */
  readonly bodyDigest: string
}

/** Who may answer: `token` changes when another request takes the claim over. */
export interface Claim extends KeyUse {
  readonly token: string
}

export interface KeptAnswer {
  readonly status: number
  readonly location: string | null
  readonly answer: Buffer
}

export type Claimed = { readonly kind: 'claimed'; readonly claim: Claim } | ({ readonly kind: 'answered' } & KeptAnswer)

export interface Idempotency {
  /** @throws Problem idempotency-key-reused, request-in-flight */
  claim(use: KeyUse): Promise<Claimed>
  /** Keeps the answer for 24 h, if the claim is still ours. */
  answer(claim: Claim, kept: KeptAnswer): Promise<void>
  /** Gives the claim back: nothing happened, the next request may try. An answer that was kept stays. */
  release(claim: Claim): Promise<void>
}

const takeOverAfter = `interval '10 seconds'`
const kept = `interval '24 hours'`

export const createIdempotency = (db: Database): Idempotency => ({
  claim: (use) => db.transaction((tx) => claim(tx, use)),

  async answer(claim, { status, location, answer }) {
    await write(db, claim, status, location, answer)
  },

  async release({ actor, route, key, token }) {
    await db.query(
      'delete from idempotency where actor = $1 and route = $2 and key = $3 and created_at::text = $4 and status is null',
      [actor, route, key, token],
    )
  },
})

async function claim(tx: Sql, use: KeyUse): Promise<Claimed> {
  const { actor, route, key, bodyDigest } = use
  await tx.query(`delete from idempotency where created_at < now() - ${kept}`)
  const [mine] = await tx.query<{ token: string }>(
    `insert into idempotency (actor, route, key, body_digest) values ($1, $2, $3, $4) on conflict do nothing returning created_at::text as token`,
    [actor, route, key, bodyDigest],
  )
  if (mine) return { kind: 'claimed', claim: { ...use, token: mine.token } }
  const [row] = await tx.query<{
    body_digest: string
    status: number | null
    location: string | null
    answer: Buffer
    stale: boolean
  }>(
    `select body_digest, status, location, answer, created_at < now() - ${takeOverAfter} as stale
     from idempotency where actor = $1 and route = $2 and key = $3 for update`,
    [actor, route, key],
  )
  if (!row) throw inFlight(key)
  if (row.body_digest !== bodyDigest)
    throw new Problem('idempotency-key-reused', `key '${key}' was used for another request`, {
      hint: 'use a new key for a new request',
    })
  if (row.status !== null) return { kind: 'answered', status: row.status, location: row.location, answer: row.answer }
  if (!row.stale) throw inFlight(key)
  const [taken] = await tx.query<{ token: string }>(
    'update idempotency set created_at = clock_timestamp() where actor = $1 and route = $2 and key = $3 returning created_at::text as token',
    [actor, route, key],
  )
  if (!taken) throw inFlight(key)
  return { kind: 'claimed', claim: { ...use, token: taken.token } }
}

const inFlight = (key: string): Problem =>
  new Problem('request-in-flight', `the first request with key '${key}' is still being answered`, {
    hint: 'repeat it with the same key in a moment',
  })

/** Writes the answer within the transaction whose effect it tells of. @throws Problem request-in-flight when the claim was taken over */
export async function answerClaim(
  tx: Sql,
  claim: Claim | null,
  { status, location, body }: { readonly status: number; readonly location: string; readonly body: unknown },
): Promise<void> {
  if (!claim) return
  if (!(await write(tx, claim, status, location, Buffer.from(JSON.stringify(body), 'utf8')))) throw inFlight(claim.key)
}

async function write(db: Sql, claim: Claim, status: number, location: string | null, answer: Buffer): Promise<boolean> {
  const { actor, route, key, token } = claim
  const rows = await db.query(
    `update idempotency set status = $5, location = $6, answer = $7
     where actor = $1 and route = $2 and key = $3 and created_at::text = $4 and status is null returning key`,
    [actor, route, key, token, status, location, answer],
  )
  return rows.length > 0
}
