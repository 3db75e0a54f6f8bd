import { expect } from 'chai'
import fc from 'fast-check'
import { before, describe, it } from 'mocha'
import { createLimit, limitProviders } from '../../adapters/limit/index.ts'
import type { Limit } from '../../adapters/limit/limit.ts'
import { forgetLimits } from '../../adapters/limit/postgres.ts'
import type { Database } from '../../adapters/postgres/database/database.ts'
import { createDatabase } from '../../adapters/postgres/database/database.ts'
import type { Charge } from '../../domain/rate-limit.ts'
import { coldShare, leastPerMinute, secondsPerToken } from '../../domain/rate-limit.ts'
import { leaveOut } from '../left-out.ts'
import { testDatabase } from '../stack/postgres.ts'
import type { TestRedis } from '../stack/redis.ts'
import { noRedis, startRedis } from '../stack/redis.ts'
import { until } from '../stack/until.ts'

/** A bucket that hardly fills while a test runs. */
const charge = (client: string, more: Partial<Charge> = {}): Charge => ({
  client,
  policy: 'change',
  capacity: 60,
  windowSeconds: 3_600,
  tokens: 1,
  ...more,
})

interface Replicas extends AsyncDisposable {
  readonly db: Database
  /** Two providers over one store, each with its own connections, like two replicas of the API. */
  readonly limits: readonly [Limit, Limit]
  readonly redis: TestRedis | null
  readonly reported: readonly boolean[]
}

async function replicas(kind: string): Promise<Replicas> {
  const url = await testDatabase()
  const redis = kind === 'redis' ? await startRedis() : null
  const reported: boolean[] = []
  const opened = [1, 2].map((number) => {
    const db = createDatabase({ url, applicationName: `limit-${number}` })
    const limit = createLimit({ db, redisUrl: redis?.url ?? '', onAway: (isAway) => reported.push(isAway) }, kind)
    return { db, limit }
  })
  const [a, b] = opened
  if (!a || !b) throw new Error('unreachable')
  // After its start, Redis keeps every bucket cold for one window. The contract is about a Redis that has run for
  // longer.
  if (redis)
    await warm(
      redis,
      opened.map(({ limit }) => limit),
    )
  return {
    db: a.db,
    limits: [a.limit, b.limit],
    redis,
    reported,
    async [Symbol.asyncDispose]() {
      for (const { limit, db } of opened) {
        limit.close()
        await db.close()
      }
      await redis?.[Symbol.asyncDispose]()
    },
  }
}

const inRedis = async ({ client }: TestRedis, limit: Limit, name: string) => {
  await limit.charge(charge(name))
  return (await client.exists(`holdfast:bucket:change:${name}`)) === 1
}

/** Waits until each limit uses Redis, then dates the run's begin far back. */
async function warm(redis: TestRedis, limits: readonly Limit[]) {
  for (const [index, limit] of limits.entries())
    await until('the provider to reach Redis', () => inRedis(redis, limit, `warm-${index}-${Math.random()}`))
  await redis.client.hset('holdfast:limit:run', 'began', 0)
}

const granted = async (limits: readonly Limit[], what: Charge, times: number) => {
  const all = await Promise.all(
    Array.from({ length: times }, (_, index) => (limits[index % limits.length] as Limit).charge(what)),
  )
  return all.filter((charged) => charged.granted).length
}

describe('a provider of limits', function () {
  this.timeout(60_000)

  it('that does not exist is an error, never a default', async () => {
    expect(() => createLimit({ db: undefined as never, redisUrl: '', onAway() {} }, 'unwritten')).to.throw("'unwritten'")
  })

  for (const { kind } of limitProviders) {
    describe(kind, () => {
      before(async function () {
        const missing = kind === 'redis' ? await noRedis() : null
        if (missing !== null) leaveOut(this, missing)
      })

      it('grants what the bucket holds and no more, however many requests two replicas get at once', async () => {
        await using stand = await replicas(kind)
        await fc.assert(
          fc.asyncProperty(
            fc.uuid(),
            fc.integer({ min: 12, max: 60 }),
            fc.integer({ min: 1, max: 2 }),
            async (client, capacity, tokens) => {
              const what = charge(client, { capacity, tokens })
              expect(await granted(stand.limits, what, 50)).to.equal(Math.min(50, Math.floor(capacity / tokens)))
            },
          ),
          { numRuns: 15 },
        )
      })

      it('fills a bucket at its rate by the store’s clock, and never beyond its size', async () => {
        await using stand = await replicas(kind)
        // A token each 50 ms.
        const what = charge('filling', { capacity: 12, windowSeconds: 0.6 })
        const begunMs = performance.now()
        let count = 0
        while (performance.now() - begunMs < 1_000) if ((await stand.limits[0].charge(what)).granted) count += 1
        const mostSeconds = (performance.now() - begunMs) / 1_000
        expect(count).to.be.within(12, 12 + Math.ceil(mostSeconds / secondsPerToken(what)))
      })

      it('gives nothing extra when the clock of an API process runs ahead', async () => {
        await using stand = await replicas(kind)
        const what = charge('clock', { capacity: 12 })
        expect(await granted(stand.limits, what, 12)).to.equal(12)
        const now = Date.now
        Date.now = () => now() + 86_400_000
        try {
          expect(await granted(stand.limits, what, 5)).to.equal(0)
        } finally {
          Date.now = now
        }
      })

      it('says when the bucket will be full again, and takes nothing when it refuses', async () => {
        await using stand = await replicas(kind)
        const [limit] = stand.limits
        const what = charge('told', { capacity: 12, windowSeconds: 1_200, tokens: 2 })
        expect((await limit.charge(what)).secondsUntilFull).to.be.closeTo(200, 10)
        expect(await granted([limit], what, 9)).to.equal(5)
        const refused = await limit.charge(what)
        expect(refused.granted).to.equal(false)
        expect(refused.secondsUntilFull).to.be.closeTo(1_200, 30)
        expect((await limit.charge({ ...what, client: 'another' })).granted).to.equal(true)
        expect((await limit.charge({ ...what, policy: 'read' })).granted).to.equal(true)
      })

      it('refuses charges that would fill a bucket, or that are larger than a bucket', async () => {
        await using stand = await replicas(kind)
        const bad: Partial<Charge>[] = [
          ...[-1, 0, Number.NaN, Number.POSITIVE_INFINITY, 61].map((tokens) => ({ tokens })),
          ...[-60, 0, Number.NaN].map((capacity) => ({ capacity })),
          { windowSeconds: -1 },
        ]
        for (const more of bad) {
          const error: unknown = await stand.limits[0].charge(charge('bad', more)).catch((failure: unknown) => failure)
          expect(error, JSON.stringify(more)).to.be.instanceOf(TypeError)
        }
      })

      it('accepts a name once, however many requests use it at once', async () => {
        await using stand = await replicas(kind)
        const uses = await Promise.all(
          Array.from({ length: 50 }, (_, index) => stand.limits[index % 2 === 0 ? 0 : 1].useOnce('link', 60_000)),
        )
        expect(uses.filter(Boolean).length).to.equal(1)
        expect(await stand.limits[1].useOnce('link', 60_000)).to.equal(false)
        expect(await stand.limits[1].useOnce('another', 60_000)).to.equal(true)
      })

      it('stores no full bucket: ten thousand clients leave nothing behind', async () => {
        await using stand = await replicas(kind)
        const clients = 10_000
        for (let from = 0; from < clients; from += 100)
          await Promise.all(
            Array.from({ length: 100 }, (_, i) =>
              stand.limits[i % 2 === 0 ? 0 : 1].charge(charge(`c${from + i}`, { windowSeconds: 60 })),
            ),
          )
        if (stand.redis) {
          const { client } = stand.redis
          await until('Redis to let them go', async () => (await client.keys('holdfast:bucket:change:c*')).length === 0, 15_000)
          return
        }
        expect(await stand.db.query('select 1 from rate_bucket')).to.have.length(clients)
        expect(await forgetLimits(stand.db), 'while they may not be full').to.equal(0)
        // As if two minutes had passed.
        await stand.db.query(
          `update rate_bucket set forget_at = forget_at - interval '5 minutes', full_at = full_at - interval '5 minutes'`,
        )
        let batches = 0
        while ((await forgetLimits(stand.db)) > 0) batches += 1
        expect(batches).to.equal(10)
        expect(await stand.db.query('select 1 from rate_bucket')).to.have.length(0)
      })
    })
  }

  describe('redis, when Redis is away', () => {
    before(async function () {
      const missing = await noRedis()
      if (missing !== null) leaveOut(this, missing)
    })

    it('grants less and never everything: both replicas share the colder bucket of the database', async () => {
      await using stand = await replicas('redis')
      const { redis, limits } = stand
      if (!redis) throw new Error('there is a Redis')
      const what = charge('away')
      expect(await granted(limits, what, 60)).to.equal(60)
      await redis.kill()
      expect(await granted(limits, what, 50), 'of a sixth').to.equal(60 * coldShare)
      await until('its being told', () => stand.reported.includes(true))
      const dearest = charge('dearest', { capacity: leastPerMinute, tokens: 2 })
      expect(await granted(limits, dearest, 10), 'of the smallest limit').to.equal(1)
      await redis.start()
      await until('Redis to be asked again', () => inRedis(redis, limits[0], `back-${Math.random()}`))
      await until('by both', () => inRedis(redis, limits[1], `back-${Math.random()}`))
      // Redis came back empty. The charges so far are unknown, so no bucket counts as full.
      expect(await granted(limits, what, 50)).to.be.at.most(60 * coldShare)
      expect(stand.reported.at(-1)).to.equal(false)
    })

    it('does not wait for a Redis that hangs, and does not charge twice', async () => {
      await using stand = await replicas('redis')
      const { redis, limits } = stand
      redis?.freeze()
      expect(await granted(limits, charge('hung'), 50)).to.equal(60 * coldShare)
      const begunMs = performance.now()
      await limits[0].charge(charge('hung'))
      expect(performance.now() - begunMs).to.be.below(2_000)
      redis?.thaw()
      await until('Redis to be asked again', () => redis !== null && inRedis(redis, limits[0], `back-${Math.random()}`))
    })

    it('accepts no name twice, whether it was used before Redis went away or while it was away', async () => {
      await using stand = await replicas('redis')
      const [limit, other] = stand.limits
      expect(await limit.useOnce('before', 60_000)).to.equal(true)
      await stand.redis?.kill()
      expect(await other.useOnce('before', 60_000)).to.equal(false)
      expect(await other.useOnce('while', 60_000)).to.equal(true)
      await stand.redis?.start()
      expect(await limit.useOnce('before', 60_000)).to.equal(false)
      expect(await limit.useOnce('while', 60_000)).to.equal(false)
    })

    it('refuses every charge when the database is away too', async () => {
      const db = createDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', applicationName: 'away' })
      const limit = createLimit({ db, redisUrl: 'redis://127.0.0.1:1', onAway() {} })
      const error = await limit.charge(charge('nowhere')).catch((failure: unknown) => failure)
      limit.close()
      await db.close()
      expect(error).to.have.property('code', 'database-unavailable')
    })
  })
})
