/** Buckets and one-time names as rows of PostgreSQL. It needs no further server, and its names survive every restart. */
import { sql } from 'kysely'
import type { Charge, Charged } from '../../domain/rate-limit.ts'
import { assertCharge, secondsPerToken } from '../../domain/rate-limit.ts'
import type { Database } from '../postgres/database/database.ts'
import type { LimitProvider } from './limit.ts'

const now = sql<Date>`now()`

export const postgresLimit: LimitProvider = {
  kind: 'postgres',
  create: ({ db }) => ({
    charge: (charge) => chargeRow(db, charge),
    useOnce: (name, forMs) => useRowOnce(db, name, forMs),
    close() {},
  }),
}

export async function chargeRow(db: Database, charge: Charge): Promise<Charged> {
  assertCharge(charge)
  const cost = charge.tokens * secondsPerToken(charge)
  const [row] = await db.query<{ granted: boolean; seconds: number }>(chargeStatement, [
    charge.client,
    charge.policy,
    cost,
    charge.windowSeconds,
  ])
  // No row: others created the bucket and emptied it while this statement ran, so it sees neither.
  return row
    ? { granted: row.granted, secondsUntilFull: Math.min(charge.windowSeconds, Math.max(0, row.seconds)) }
    : { granted: false, secondsUntilFull: charge.windowSeconds }
}

/**
 * One statement, as text, because the builder has no word for a setting within a statement. The row is locked before its condition is
 * checked, so each of several parallel requests sees what the one before has left. The commit does not wait for the disk: a database that
 * crashes forgets the charges of its last moments, and nothing else. `forget_at` changes once a minute, so most updates touch no index.
 */
const chargeStatement = `
with fast as materialized (select set_config('synchronous_commit', 'off', true) as off),
taken as (
  insert into rate_bucket as b (client, policy, full_at, forget_at)
  select $1, $2, clock_timestamp() + make_interval(secs => $3), date_trunc('minute', clock_timestamp() + make_interval(secs => $4)) + interval '1 minute'
  from fast where off = 'off'
  on conflict (client, policy) do update
    set full_at = greatest(least(b.full_at, clock_timestamp() + make_interval(secs => $4)), clock_timestamp()) + make_interval(secs => $3), forget_at = excluded.forget_at
    where greatest(b.full_at, clock_timestamp()) + make_interval(secs => $3) <= clock_timestamp() + make_interval(secs => $4)
      -- A clock that was set back must not shut a client out for as long: the bucket is empty then, and fills.
      or (b.full_at > clock_timestamp() + 2 * make_interval(secs => $4))
  returning full_at
)
select true as granted, extract(epoch from full_at - clock_timestamp())::double precision as seconds from taken
union all
select false, extract(epoch from full_at - clock_timestamp())::double precision from rate_bucket
where client = $1 and policy = $2 and not exists (select from taken)`

export async function useRowOnce(db: Database, name: string, forMs: number): Promise<boolean> {
  const until = sql<Date>`clock_timestamp() + make_interval(secs => ${forMs / 1_000})`
  const row = await db.build
    .insertInto('one_time')
    .values({ name, until })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ until: sql`excluded.until` })
        .where('one_time.until', '<', sql<Date>`clock_timestamp()`),
    )
    .returning('name')
    .executeTakeFirst()
  return row !== undefined
}

/** Deletes full buckets and expired names, at most `most` of each. Returns how many. */
export async function forgetLimits(db: Database, most = 1_000): Promise<number> {
  const buckets = await db.build
    .deleteFrom('rate_bucket')
    .where(({ refTuple, selectFrom }) => {
      const over = selectFrom('rate_bucket').where('forget_at', '<', now).orderBy('forget_at').limit(most)
      return sql<boolean>`${refTuple('client', 'policy')} in ${over.select(['client', 'policy']).forUpdate().skipLocked()}`
    })
    .executeTakeFirst()
  const names = await db.build
    .deleteFrom('one_time')
    .where('name', 'in', ({ selectFrom }) =>
      selectFrom('one_time').select('name').where('until', '<', now).orderBy('until').limit(most).forUpdate().skipLocked(),
    )
    .executeTakeFirst()
  return Number(buckets.numDeletedRows + names.numDeletedRows)
}
