/**
 * Buckets in Redis, shared by every replica of the API: one script, by the clock of its server. Without Redis, requests are slower, but
 * the limit still holds:
 * - While Redis is away, the database keeps the buckets, shared by the replicas too. They are smaller there (`coldShare`), because the
 *   charges in Redis are not known; they fill at the same rate.
 * - A Redis that returns empty, or with an older snapshot, gives every bucket only the tokens that it can have gained since then. So an
 *   outage grants a client at most two such shares beyond its rate.
 * - The database alone decides about one-time names; Redis only refuses a repeat sooner.
 */
import { Redis } from 'ioredis'
import { z } from 'zod'
import type { Charge, Charged } from '../../domain/rate-limit.ts'
import { assertCharge, coldShare, secondsPerToken } from '../../domain/rate-limit.ts'
import type { Limit, LimitProvider, LimitSettings } from './limit.ts'
import { chargeRow, useRowOnce } from './postgres.ts'

/** A Redis that hangs delays a request for this long at most. After that, it is not asked for a while. */
const patienceMs = 250
const restMs = 1_000

export const redisLimit: LimitProvider = { kind: 'redis', create: createRedisLimit }

function createRedisLimit({ db, redisUrl, onAway }: LimitSettings): Limit {
  const redis = connect(redisUrl)
  let closed = false
  const availability = createAvailability(redis, onAway, () => closed)
  return {
    async charge(charge) {
      assertCharge(charge)
      // Checked now, because the smaller bucket of an outage must be able to hold the charge too.
      assertCharge(cold(charge))
      const run = availability.run()
      const charged = run === null ? null : await availability.tried(() => chargeScript(redis, run, charge))
      return charged ?? chargeRow(db, cold(charge))
    },
    async useOnce(name, forMs) {
      const key = `holdfast:once:${name}`
      const isUsed = availability.run() !== null && (await availability.tried(() => redis.exists(key))) === 1
      if (isUsed) return false
      const isFirst = await useRowOnce(db, name, forMs)
      if (availability.run() !== null) await availability.tried(() => redis.set(key, '', 'PX', Math.ceil(forMs), 'NX'))
      return isFirst
    },
    close() {
      closed = true
      redis.disconnect()
    },
  }
}

/** The same rate with a smaller bucket of its own. */
const cold = (charge: Charge): Charge => ({
  ...charge,
  client: `cold:${charge.client}`,
  capacity: charge.capacity * coldShare,
  windowSeconds: charge.windowSeconds * coldShare,
})

/** Nothing is queued or repeated, because the database takes a charge that Redis answers too late. */
function connect(url: string): Redis {
  return new Redis(url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    commandTimeout: patienceMs,
    disableClientInfo: true,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 5), restMs),
  })
}

interface Availability {
  /** The id of the server's present run; null while it is away. A server that restarts has another id. */
  run(): string | null
  /** The result of `work`; null when Redis did not answer. */
  tried<T>(work: () => Promise<T>): Promise<T | null>
}

function createAvailability(redis: Redis, onAway: LimitSettings['onAway'], isClosed: () => boolean): Availability {
  let id: string | null = null
  let restUntilMs = 0
  let wasAway = false
  const report = (isAway: boolean, error: unknown) => {
    if (isAway !== wasAway) onAway(isAway, error)
    wasAway = isAway
  }
  const failed = (error: unknown) => {
    restUntilMs = performance.now() + restMs
    report(true, error)
  }
  const learn = async () => {
    try {
      const [, run] = /^run_id:(\w+)/m.exec(await redis.info('server')) ?? []
      if (redis.status === 'ready') id = run ?? null
    } catch (error) {
      failed(error)
      // The connection is open but Redis does not answer, so a new connection tries again.
      redis.disconnect(true)
    }
  }
  redis.on('ready', () => void learn())
  redis.on('close', () => {
    // Reports a connection that ends between two requests, because no request fails by it. One that this process closes is not reported.
    if (id !== null && !isClosed()) report(true, new Error('the connection ended'))
    id = null
  })
  redis.on('error', (error: unknown) => report(true, error))
  return {
    run: () => (performance.now() < restUntilMs ? null : id),
    async tried(work) {
      try {
        const answer = await work()
        report(false, null)
        return answer
      } catch (error) {
        failed(error)
        return null
      }
    },
  }
}

const Answer = z.tuple([z.union([z.literal(0), z.literal(1)]), z.coerce.number().nonnegative()])

async function chargeScript(redis: Redis, run: string, charge: Charge): Promise<Charged> {
  const perToken = secondsPerToken(charge) * 1e6
  const window = charge.windowSeconds * 1e6
  const numbers = [charge.tokens * perToken, window, window * (1 - coldShare)].map((us) => String(Math.ceil(us)))
  const keys = [`holdfast:bucket:${charge.policy}:${charge.client}`, 'holdfast:limit:run']
  const [granted, microseconds] = Answer.parse(await redis.eval(script, keys.length, ...keys, run, ...numbers))
  return { granted: granted === 1, secondsUntilFull: microseconds / 1e6 }
}

/**
 * Microseconds throughout: they fit a double until the year 2255, but not Lua's own way to print one. A bucket lives until it is full.
 * `began` is when this run of the server was first asked; before that, anything may have been spent.
 */
const script = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local cost, window, unknown = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local run = redis.call('HMGET', KEYS[2], 'id', 'began')
local began = tonumber(run[2] or '')
if run[1] ~= ARGV[1] or not began or began > now then
  began = now
  redis.call('HSET', KEYS[2], 'id', ARGV[1], 'began', string.format('%.0f', now))
end
-- Never emptier than empty: a clock that was set back must not shut a client out for as long.
local full = math.min(now + window, math.max(now, tonumber(redis.call('GET', KEYS[1]) or '') or now, began + unknown))
if full + cost > now + window then return {0, string.format('%.0f', full - now)} end
full = full + cost
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', string.format('%.0f', math.ceil((full - now) / 1000)))
return {1, string.format('%.0f', full - now)}
`
