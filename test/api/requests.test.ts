import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Shop } from '../stack/shop.ts'
import { openShop } from '../stack/shop.ts'
import { testTemporal } from '../stack/temporal.ts'
import { until } from '../stack/until.ts'
import { startWorkers } from '../stack/workers.ts'

const ask = ({ api }: Shop, id: string, verb: string, body: object = {}, headers = {}) =>
  api.ask('POST', `/v1/releases/${id}/${verb}`, { body, headers })

const stateOf = async ({ api }: Shop, id: string): Promise<string> => (await api.ask('GET', `/v1/releases/${id}`)).member('state')

const untilState = (shop: Shop, id: string, state: string) =>
  until(`${id} ${state}`, async () => (await stateOf(shop, id)) === state, 40_000)

const quick = {
  target: { kind: 'local', command: [process.execPath, 'server.mjs'], drain: '1s', grace: '1s' },
  strategy: { kind: 'canary', steps: [{ weight: 10, bake: { min: '1s', max: '2m' } }], scaleDownDelay: '0s' },
  analysis: { warmUp: '0s', look: '200ms' },
  watch: '1s',
}

const workersOf = async ({ api, runtime }: Shop) =>
  startWorkers({
    DATABASE_URL: api.databaseUrl,
    TEMPORAL_ADDRESS: (await testTemporal()).address,
    HOLDFAST_RUNTIME_SOCKET: runtime.socket,
  })

describe('a request to a release', () => {
  it('is done once, is refused with the legal requests when it is illegal, and is recorded with caller and reason; a removal leaves nothing running', async () => {
    await using shop = await openShop()
    await using _workers = await workersOf(shop)
    await shop.declare(quick)
    await shop.release('1.0.0')
    await untilState(shop, shop.id(1), 'succeeded')
    await shop.release('1.1.0')
    await until(
      'baking',
      async () => ((await shop.api.ask('GET', `/v1/releases/${shop.id(2)}`)).json.phase as unknown) === 'baking',
      30_000,
    )
    const paused = await ask(shop, shop.id(2), 'pause', { reason: 'lunch' }, { 'idempotency-key': 'p' })
    expect([paused.status, paused.json.request]).to.deep.equal([202, 'pause'])
    await untilState(shop, shop.id(2), 'paused')
    expect((await ask(shop, shop.id(2), 'pause', { reason: 'lunch' }, { 'idempotency-key': 'p' })).status).to.equal(202)
    const illegal = await ask(shop, shop.id(2), 'extend', { by: '10m' })
    expect(illegal.json).to.deep.include({
      code: 'wrong-phase',
      phase: 'paused',
      legal: ['resume', 'promote', 'promote-fully', 'abort'],
    })
    expect((await ask(shop, shop.id(2), 'promote-fully', { reason: 'enough' })).status).to.equal(202)
    await untilState(shop, shop.id(2), 'succeeded')
    const { json } = await shop.api.ask('GET', `/v1/releases/${shop.id(2)}/explanation`)
    const requests = json.requests as unknown as { request: string; reason: string; actor: { id: string } }[]
    expect(requests.map(({ request, reason, actor }) => [request, reason, actor.id])).to.deep.equal([
      ['pause', 'lunch', 'ann'],
      ['promote-fully', 'enough', 'ann'],
    ])
    const logs = await shop.api.ask('GET', `${shop.path}/environments/production/logs?version=1.1.0`)
    expect(logs.json.items).to.have.property('length').that.is.greaterThan(0)
    const rows = logs.json.items as unknown as { at: string; line: string }[]
    expect(rows[0]?.line).to.match(/^demo 1\.1\.0 listens/)
    const later = new Date(Date.parse(rows.at(-1)?.at ?? '') + 1).toISOString()
    const none = await shop.api.ask('GET', `${shop.path}/environments/production/logs?version=1.1.0&since=${later}`)
    expect(none.json.items).to.deep.equal([])
    const unknown = await shop.api.ask('GET', `${shop.path}/environments/production/logs?version=9.9.9`)
    expect([unknown.status, unknown.json.code]).to.deep.equal([404, 'not-found'])
    expect((await ask(shop, shop.id(2), 'abort')).json).to.deep.include({ code: 'wrong-phase', legal: [] })
    const { stable } = (await shop.api.ask('GET', `${shop.path}/environments/production`)).json
    expect(stable?.version).to.equal('1.1.0')
    expect((await shop.api.ask('DELETE', shop.path)).json.code).to.equal('service-busy')
    const removed = await shop.api.ask('DELETE', `${shop.path}?stop=true`)
    expect(removed.status, removed.text).to.equal(204)
    const left = () => shop.runtime.client.status({ service: shop.name, environment: 'production' })
    await until('nothing running', async () => (await left()).length === 0)
    expect(await shop.api.db.query('select from environment where stable is not null')).to.deep.equal([])
  }).timeout(120_000)

  it('is done each time without a key, whatever the X-Request-Id, and once for each person who sends the same key', async () => {
    await using shop = await openShop()
    await using _workers = await workersOf(shop)
    await shop.declare(quick)
    await shop.release('1.0.0')
    await untilState(shop, shop.id(1), 'succeeded')
    await shop.release('1.1.0')
    const shown = async () => (await shop.api.ask('GET', `/v1/releases/${shop.id(2)}`)).member('phase')
    await until('baking', async () => (await shown()) === 'baking', 30_000)
    const sam = await shop.api.keyFor(['*'], 'sam')
    const rounds = [
      { headers: { 'x-request-id': 'ci-job-0001' }, keys: [shop.api.key, shop.api.key] },
      { headers: { 'idempotency-key': 'mine' }, keys: [shop.api.key, sam] },
    ]
    for (const { headers, keys } of rounds)
      for (const key of keys) {
        const paused = await shop.api.ask('POST', `/v1/releases/${shop.id(2)}/pause`, { body: {}, headers, key })
        expect(paused.status, paused.text).to.equal(202)
        await until('paused', async () => (await shown()) === 'paused')
        expect((await ask(shop, shop.id(2), 'resume')).status).to.equal(202)
        await until('baking again', async () => (await shown()) === 'baking')
      }
    const { json } = await shop.api.ask('GET', `/v1/releases/${shop.id(2)}/explanation`)
    const requests = json.requests as unknown as { request: string; actor: { id: string } }[]
    expect(requests.filter(({ request }) => request === 'pause').map(({ actor }) => actor.id)).to.deep.equal([
      'ann',
      'ann',
      'ann',
      'sam',
    ])
    await ask(shop, shop.id(2), 'abort')
    await untilState(shop, shop.id(2), 'aborted')
  }).timeout(120_000)

  it('for a rollback brings an earlier good version back, once, and only if there is one', async () => {
    await using shop = await openShop()
    await using _workers = await workersOf(shop)
    await shop.declare({ ...quick, strategy: { kind: 'blue-green', scaleDownDelay: '0s' } })
    const rollback = (body: object = {}) => shop.api.ask('POST', `${shop.path}/environments/production/rollbacks`, { body })
    for (const [index, version] of ['1.0.0', '1.1.0'].entries()) {
      await shop.release(version)
      await untilState(shop, shop.id(index + 1), 'succeeded')
    }
    expect((await rollback({ version: '9.9.9' })).json.code).to.equal('no-earlier-version')
    const started = await rollback({ reason: 'slow checkout' })
    expect(started.status).to.equal(202)
    const self = started.headers.get('location') ?? ''
    const end = await until(
      'its end',
      async () => {
        const { json } = await shop.api.ask('GET', self)
        return json.endedAt ? json : null
      },
      40_000,
    )
    expect(end).to.deep.include({
      id: `rollback/${shop.name}/production/1`,
      state: 'succeeded',
      version: '1.0.0',
      release: shop.id(1),
      note: 'slow checkout',
    })
    const { json } = await shop.api.ask('GET', `${shop.path}/environments/production`)
    expect(json.stable?.version).to.equal('1.0.0')
    expect((await rollback()).json.code).to.equal('no-earlier-version')
    const kinds = ((await shop.api.ask('GET', `${self}/events`)).json.items as unknown as { kind: string }[]).map(
      ({ kind }) => kind,
    )
    expect([kinds[0], kinds.at(-1)]).to.deep.equal(['rollback-accepted', 'rollback-ended'])
    const looks = (await shop.api.ask('GET', `${self}/looks`)).json.items as unknown as { environment: string; row: object }[]
    expect(looks[0]).to.have.property('environment', 'production')
    expect(looks[0]?.row).to.have.property('guardrail')
  }).timeout(120_000)

  it('is answered 503 while no worker answers, but an abort is stored and done later', async () => {
    await using shop = await openShop()
    await shop.release('1.0.0')
    await shop.api.db.query(`update turn set state = 'open'; update rollout set phase = 'baking'`)
    expect((await ask(shop, shop.id(1), 'promote')).json).to.deep.include({ status: 503, code: 'no-worker' })
    expect((await ask(shop, shop.id(1), 'abort', { reason: 'smoke' })).status).to.equal(202)
    expect(await shop.api.db.query('select pending from turn')).to.deep.equal([{ pending: 'abort' }])
    const events = (await shop.api.ask('GET', `/v1/releases/${shop.id(1)}/events`)).json.items as unknown as {
      kind: string
      data: { reason: string }
    }[]
    expect(events.at(-1)).to.deep.include({ kind: 'abort-requested' })
    expect(events.at(-1)?.data.reason).to.equal('smoke')
    expect((await ask(shop, shop.id(1), 'abort', { reason: 'again' })).status).to.equal(202)
  }).timeout(90_000)

  it('for a retry starts a new release, and only after the end of the old one', async () => {
    await using shop = await openShop()
    await shop.release('1.0.0')
    const early = (await ask(shop, shop.id(1), 'retry')).json
    expect(early.code).to.equal('already-in-flight')
    expect(early.inFlight).to.include({ kind: 'release', id: shop.id(1), self: `/v1/releases/${shop.id(1)}` })
    for (const [verb, by] of [
      ['extend', '0s'],
      ['extend', '9999d'],
      ['promote', '5m'],
    ] as const)
      expect((await ask(shop, shop.id(1), verb, { by })).json.errors, `${verb} by ${by}`).to.have.nested.property(
        '[0].pointer',
        '/by',
      )
    await shop.api.db.query(`update turn set state = 'over'; update rollout set outcome = 'aborted'`)
    await shop.api.db.query(`update release set outcome = 'aborted', ended_at = now()`)
    const retried = await ask(shop, shop.id(1), 'retry', { note: 'again' })
    expect([retried.status, retried.json.id]).to.deep.equal([202, shop.id(2)])
    expect((await shop.api.ask('GET', `/v1/releases/${shop.id(2)}`)).json).to.deep.include({
      retryOf: shop.id(1),
      version: '1.0.0',
      note: 'again',
    })
  })
})
