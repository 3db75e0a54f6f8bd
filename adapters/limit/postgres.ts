/** Buckets and one-time names as rows of PostgreSQL. It needs no further server, and its names survive every restart. */
import type { QueryCreator } from 'kysely'
import { sql } from 'kysely'
import type { Charge, Charged } from '../../domain/rate-limit.ts'
import { assertCharge, secondsPerToken } from '../../domain/rate-limit.ts'
import type { Database } from '../postgres/database/database.ts'
import type { Tables } from '../postgres/database/tables.ts'
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

/** One statement: takes from the bucket, or answers how full it is. */
export async function chargeRow(db: Database, charge: Charge): Promise<Charged> {
  assertCharge(charge)
  const { client, policy, windowSeconds } = charge
  const row = await db.build
    // Materialized and read by the insert, so that it is set before the insert changes anything.
    .with(
      (named) => named('fast').materialized(),
      (build) => build.selectNoFrom(sql<string>`set_config('synchronous_commit', 'off', true)`.as('off')),
    )
    .with('taken', (build) => take(build, charge))
    .selectFrom('taken')
    .select([sql<boolean>`true`.as('granted'), secondsUntil('taken.full_at').as('seconds')])
    .unionAll(({ selectFrom, not, exists }) =>
      selectFrom('rate_bucket')
        .select([sql<boolean>`false`.as('granted'), secondsUntil('rate_bucket.full_at').as('seconds')])
        .where('client', '=', client)
        .where('policy', '=', policy)
        .where(not(exists(selectFrom('taken').select('full_at')))),
    )
    .executeTakeFirst()
  // No row: others created the bucket and emptied it while this statement ran, so it sees neither.
  return row
    ? { granted: row.granted, secondsUntilFull: Math.min(windowSeconds, Math.max(0, row.seconds)) }
    : { granted: false, secondsUntilFull: windowSeconds }
}

/**
 * The row is locked before its condition is checked, so each of several parallel requests sees what the one before has left. The commit
 * does not wait for the disk: a database that crashes forgets the charges of its last moments, and nothing else. `forget_at` changes once a
 * minute, so most updates touch no index.
 */
function take(build: QueryCreator<Tables & { fast: { off: string } }>, charge: Charge) {
  const { client, policy, windowSeconds } = charge
  const cost = charge.tokens * secondsPerToken(charge)
  const after = build
    .selectFrom('fast')
    .where('off', '=', 'off')
    .select([
      sql<string>`${client}`.as('client'),
      sql<string>`${policy}`.as('policy'),
      later(cost).as('full_at'),
      sql<Date>`date_trunc('minute', ${later(windowSeconds)}) + interval '1 minute'`.as('forget_at'),
    ])
  return build
    .insertInto('rate_bucket')
    .columns(['client', 'policy', 'full_at', 'forget_at'])
    .expression(after)
    .onConflict((conflict) =>
      conflict
        .columns(['client', 'policy'])
        .doUpdateSet({
          full_at: sql<Date>`greatest(least(${bucket}, ${later(windowSeconds)}), clock_timestamp()) + ${seconds(cost)}`,
          forget_at: sql<Date>`excluded.forget_at`,
        })
        .where(({ or }) =>
          or([
            sql<boolean>`greatest(${bucket}, clock_timestamp()) + ${seconds(cost)} <= ${later(windowSeconds)}`,
            // A clock that was set back must not shut a client out for as long: the bucket is empty then, and fills.
            sql<boolean>`${bucket} > ${later(2 * windowSeconds)}`,
          ]),
        ),
    )
    .returning('rate_bucket.full_at')
}

const bucket = sql.ref('rate_bucket.full_at')
const seconds = (length: number) => sql`make_interval(secs => ${length})`
const later = (length: number) => sql<Date>`clock_timestamp() + ${seconds(length)}`
const secondsUntil = (column: string) => sql<number>`extract(epoch from ${sql.ref(column)} - clock_timestamp())::double precision`

export async function useRowOnce(db: Database, name: string, forMs: number): Promise<boolean> {
  const until = later(forMs / 1_000)
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
