/**
 * The promise that a rate limit costs a request little. It measures charges of one client and of a hundred, one at a time and twenty at
 * once, in PostgreSQL and in Redis, and `select 1` for comparison. All alternate in one run.
 */
import { createLimit, limitProviders } from '../adapters/limit/index.ts'
import type { Limit } from '../adapters/limit/limit.ts'
import { createDatabase } from '../adapters/postgres/database/database.ts'
import { chargeOf } from '../domain/rate-limit.ts'
import { testDatabase } from '../test/stack/postgres.ts'
import { startRedis } from '../test/stack/redis.ts'
import type { Bench } from './bench.ts'
import { quantile } from './quantile.ts'

const rounds = 30
const perRound = 40
const atOnce = 20

interface Side {
  readonly name: string
  readonly times: { readonly alone: number[]; readonly together: number[] }
  ask(n: number): Promise<unknown>
}

export const bench: Bench = {
  name: 'limit',
  title: 'what a rate limit adds to a request',
  async run() {
    const redis = await startRedis()
    const db = createDatabase({ url: await testDatabase(), applicationName: 'bench', maxConnections: 20 })
    const limits = limitProviders.map(({ kind }) => ({
      kind,
      limit: createLimit({ db, redisUrl: redis.url, onAway: () => {} }, kind),
    }))
    try {
      const sides: readonly Side[] = [
        { name: 'select 1', times: { alone: [], together: [] }, ask: () => db.query('select 1') },
        ...limits.flatMap(({ kind, limit }) => [
          sideOf(`${kind}, one client`, limit, 1),
          sideOf(`${kind}, 100 clients`, limit, 100),
        ]),
      ]
      for (let round = 0; round < rounds; round += 1) for (const side of sides) await measure(side, round)
      return {
        title: this.title,
        columns: ['charge', 'alone p50 ms', 'p99 ms', `${atOnce} at once p50 ms`, 'p99 ms'],
        rows: sides.map(({ name, times }) => [
          name,
          ...[times.alone, times.together].flatMap((list) => [0.5, 0.99].map((share) => quantile(list, share).toFixed(2))),
        ]),
        json: sides.map(({ name, times }) => ({
          name,
          aloneP50: quantile(times.alone, 0.5),
          togetherP50: quantile(times.together, 0.5),
        })),
      }
    } finally {
      for (const { limit } of limits) limit.close()
      await db.close()
      await redis[Symbol.asyncDispose]()
    }
  },
}

/** The limit is too high to refuse anything, so only charges are measured. */
function sideOf(name: string, limit: Limit, clients: number): Side {
  const perMinute = 9_000_000
  const ask = async (n: number) => {
    const charge = chargeOf(`key:${n % clients}`, 'write', perMinute)
    if (!charge || !(await limit.charge(charge)).granted) throw new Error(`${name} refused a charge`)
  }
  return { name, times: { alone: [], together: [] }, ask }
}

/** The first tenth of the rounds is warm-up. */
async function measure({ times, ask }: Side, round: number): Promise<void> {
  const timed = async (n: number, into: number[]) => {
    const began = performance.now()
    await ask(n)
    if (round >= rounds / 10) into.push(performance.now() - began)
  }
  for (let n = 0; n < perRound; n += 1) await timed(n, times.alone)
  await Promise.all(
    Array.from({ length: atOnce }, async (_, one) => {
      for (let n = 0; n < perRound; n += atOnce) await timed(n + one, times.together)
    }),
  )
}
