import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { network } from '../../api/stages/limit.ts'
import { createClient } from '../../cli/client.ts'
import { leaveOut } from '../left-out.ts'
import type { TestApi } from '../stack/api.ts'
import { startApi } from '../stack/api.ts'
import type { TestRedis } from '../stack/redis.ts'
import { noRedis, startRedis } from '../stack/redis.ts'
import { until } from '../stack/until.ts'

/** Changes a minute: 12 write tokens, 240 reads. */
const perMinute = 12
const env = { HOLDFAST_RATE_LIMIT: String(perMinute), HOLDFAST_TRUSTED_PROXIES: '127.0.0.1' }

/** A change of something that does not exist. It is refused, and charged like any change. */
const change = (api: TestApi, key?: string | null, headers: Readonly<Record<string, string>> = {}) =>
  api.ask('POST', '/v1/releases/none-1/pause', { body: {}, headers, ...(key === undefined ? {} : { key }) })

const statuses = async (asked: Iterable<Promise<{ readonly status: number }>>) =>
  (await Promise.all(asked)).map(({ status }) => status)
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index))

describe('the rate limit of the API', function () {
  this.timeout(60_000)
  let api: TestApi
  before(async () => {
    api = await startApi(env)
  })
  after(() => api[Symbol.asyncDispose]())

  it('lets a client make as many changes as its bucket holds, then says when it may make the next one', async () => {
    const key = await api.keyFor(['*'])
    const first = await change(api, key)
    expect(first.headers.get('ratelimit-policy')).to.equal('"change";q=12;w=60')
    expect(first.headers.get('ratelimit')).to.match(/^"change";r=11;t=5$/)
    const seen = await statuses(times(30, () => change(api, key)))
    expect(seen.filter((status) => status !== 429).length).to.be.within(11, 13)
    const refused = await until('a refusal', async () => {
      const answered = await change(api, key)
      return answered.status === 429 ? answered : null
    })
    expect(refused.headers.get('content-type')).to.match(/^application\/problem\+json/)
    expect(refused.headers.get('ratelimit')).to.match(/^"change";r=0;t=\d+$/)
    const after = Number(refused.headers.get('retry-after'))
    expect(after).to.be.within(1, 5)
    expect(refused.json).to.include({ code: 'rate-limited', status: 429, retryAfter: after, type: '/docs/problems#rate-limited' })
  })

  it('counts reads and changes apart, so a client that polls can still abort', async () => {
    const key = await api.keyFor(['*'])
    const reads = await statuses(times(400, () => api.ask('GET', '/v1/services', { key })))
    expect(reads).to.include(429)
    expect((await change(api, key)).status).to.equal(404)
  })

  it('counts each key apart, and requests without a key by their address', async () => {
    const from = (address: string) => ({ 'x-forwarded-for': address })
    const [key, other] = [await api.keyFor(['*']), await api.keyFor(['*'])]
    await statuses(times(30, () => change(api, key)))
    expect((await change(api, other)).status).to.equal(404)
    const unknown = await statuses(times(30, () => change(api, 'holdfast_000000000000_guess', from('192.0.2.1'))))
    expect(unknown).to.include.members([401, 429])
    expect((await change(api, null, from('192.0.2.1'))).status, 'the same address').to.equal(429)
    expect((await change(api, null, from('192.0.2.2'))).status, 'another').to.equal(401)
  })

  it('refuses before it reads a body, and claims no idempotency key', async () => {
    const key = await api.keyFor(['*'])
    const headers = { 'idempotency-key': 'limited-once' }
    await until('an empty bucket', async () => (await change(api, key)).status === 429)
    expect((await api.ask('POST', '/v1/releases/none-1/pause', { key, headers, body: '{ not json' })).status).to.equal(429)
    expect(await api.db.query(`select 1 from idempotency where key = 'limited-once'`)).to.have.length(0)
  })

  it('counts a plan as a read', async () => {
    const planned = await api.ask('POST', '/v1/services/none/releases?dryRun=true', { body: { version: '1.0.0' } })
    expect(planned.headers.get('ratelimit-policy')).to.match(/^"read";q=240/)
  })

  it('does not limit probes and metrics, and counts refusals by cost class', async () => {
    for (const path of ['/livez', '/readyz', '/startupz', '/health', '/metrics']) {
      const seen = await statuses(times(60, () => api.ask('GET', path, { key: null })))
      expect(
        seen.every((status) => status === 200 || status === 503),
        path,
      ).to.equal(true)
    }
    expect((await api.ask('GET', '/metrics')).text).to.match(/^holdfast_rate_limited_requests_total\{cost="write"\} [1-9]/m)
  })

  it('makes the command line wait and then continue', async () => {
    const key = await api.keyFor(['*'])
    await until('an empty bucket', async () => (await change(api, key)).status === 429)
    const client = createClient({ url: api.url, token: async () => key })
    const error: unknown = await client
      .call({ method: 'POST', path: '/v1/releases/none-1/pause', body: {} })
      .catch((failure: unknown) => failure)
    expect(error, 'what it was answered at last').to.have.property('code', 'not-found')
  })

  it('opens a console link once, at whichever replica', async () => {
    await using other = await startApi({ ...env, DATABASE_URL: api.databaseUrl })
    const key = await api.keyFor(['*'])
    const link = await api.ask('POST', '/v1/console/links', { key, body: {} })
    const [, code] = link.member('url').split('#code=')
    const opened = await statuses(
      times(8, (index) =>
        (index % 2 === 0 ? api : other).ask('POST', '/v1/console/sessions', {
          key: null,
          body: { code },
          headers: { 'x-forwarded-for': `198.51.100.${index}` },
        }),
      ),
    )
    expect(opened.toSorted((a, b) => a - b)).to.deep.equal([200, ...times(7, () => 401)])
  })

  it('counts all addresses of an IPv6 /64 as one client', () => {
    expect(network('2001:db8::1')).to.equal(network('2001:0db8:0:0:ffff::2'))
    expect(network('2001:db8:0:1::1')).not.to.equal(network('2001:db8::1'))
    expect(network('::1')).to.equal('0:0:0:0::/64')
    expect(network('fe80::1%eth0')).to.equal('fe80:0:0:0::/64')
    expect(network('192.0.2.7')).to.equal('192.0.2.7')
    expect(network('x'.repeat(500))).to.have.length(64)
  })
})

describe('the rate limit of two replicas', function () {
  this.timeout(90_000)
  let redis: TestRedis
  before(async function () {
    const missing = await noRedis()
    if (missing !== null) leaveOut(this, missing)
    redis = await startRedis()
  })
  after(() => redis?.[Symbol.asyncDispose]())

  const both = async (more: Readonly<Record<string, string>>) => {
    const first = await startApi({ ...env, ...more })
    const second = await startApi({ ...env, ...more, DATABASE_URL: first.databaseUrl })
    return { first, second, key: await first.keyFor(['*']) }
  }
  const through = async ({ first, second, key }: Awaited<ReturnType<typeof both>>) => {
    const seen = await statuses(times(50, (index) => change(index % 2 === 0 ? first : second, key)))
    expect(seen.filter((status) => ![404, 429].includes(status))).to.deep.equal([])
    return seen.filter((status) => status === 404).length
  }

  for (const kind of ['postgres', 'redis']) {
    it(`is one bucket in ${kind}: fifty concurrent requests get no more than it holds`, async () => {
      const replicas = await both(kind === 'redis' ? { HOLDFAST_REDIS_URL: redis.url } : {})
      await using _first = replicas.first
      await using _second = replicas.second
      // The bucket fills meanwhile, by a token in five seconds.
      if (kind === 'redis') {
        for (const replica of [replicas.first, replicas.second])
          await until('Redis to be asked', async () => {
            const key = await replicas.first.keyFor(['*'])
            await change(replica, key)
            return (await redis.client.keys('holdfast:bucket:change:*')).some((name) => name.includes(key.split('_')[1] ?? '?'))
          })
        await redis.client.hset('holdfast:limit:run', 'began', 0)
      }
      const begunMs = performance.now()
      const count = await through(replicas)
      expect(count).to.be.within(perMinute, perMinute + Math.ceil((performance.now() - begunMs) / 5_000))
      if (kind !== 'redis') return
      await redis.kill()
      const other = { ...replicas, key: await replicas.first.keyFor(['*']) }
      const goneMs = performance.now()
      expect(await through(other), 'without Redis').to.be.within(2, 2 + Math.ceil((performance.now() - goneMs) / 5_000))
    })
  }
})
