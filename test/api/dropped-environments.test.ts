import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createServices } from '../../adapters/postgres/services/services.ts'
import { Release } from '../../schema/release.ts'
import type { Shop } from '../stack/shop.ts'
import { openShop } from '../stack/shop.ts'
import { testTemporal } from '../stack/temporal.ts'
import { until } from '../stack/until.ts'
import { locationOf } from '../stack/location-of.ts'
import { startWorkers } from '../stack/workers.ts'

const environment = (name: string) => ({
  name,
  target: { kind: 'local', command: [process.execPath, 'server.mjs'], drain: '1s', grace: '1s' },
  strategy: { kind: 'rolling', scaleDownDelay: '0s' },
  watch: '0s',
})

const declaring = (shop: Shop, names: readonly string[]) => ({
  kind: 'Service',
  name: shop.name,
  environments: names.map(environment),
})

const apply = (shop: Shop, names: readonly string[], query = '') =>
  shop.api.ask('PUT', `${shop.path}${query}`, { body: declaring(shop, names) })

const declaredIn = async (shop: Shop): Promise<unknown> =>
  ((await shop.api.ask('GET', shop.path)).json.environments as unknown as { name: string }[]).map(({ name }) => name)

describe('an environment that leaves a declaration', function () {
  this.timeout(120_000)

  it('stays while a release is in flight there; with --stop the release is reverted first', async () => {
    await using shop = await openShop()
    await apply(shop, ['staging', 'production'])
    await shop.release('1.0.0')
    for (const names of [['production'], ['staging']]) {
      const refused = await apply(shop, names)
      expect(refused.json).to.deep.include({ status: 409, code: 'service-busy', inFlight: [{ kind: 'release', id: shop.id(1) }] })
      expect(refused.json.hint).to.include("'--stop'")
    }
    const stopping = await apply(shop, ['staging'], '?stop=true')
    expect([stopping.status, stopping.json]).to.deep.equal([
      202,
      { name: shop.name, state: 'stopping', inFlight: [{ kind: 'release', id: shop.id(1) }], inFlightMore: 0 },
    ])
    expect(await shop.api.db.query('select pending from turn')).to.deep.equal([{ pending: 'abort' }])
    expect(await declaredIn(shop)).to.deep.equal(['staging', 'production'])
  })

  it('is named in the answer, with the releases that keep the declaration they were accepted under', async () => {
    await using shop = await openShop()
    expect((await apply(shop, ['staging', 'production'])).json['keepOld']).to.deep.equal([])
    await shop.release('1.0.0')
    expect((await apply(shop, ['staging', 'production'])).json['keepOld']).to.deep.equal([])
    expect((await apply(shop, ['staging', 'production', 'later'])).json['keepOld']).to.deep.equal([shop.id(1)])
  })

  it('may leave at any time when no release in flight goes there', async () => {
    await using shop = await openShop()
    await apply(shop, ['staging', 'production'])
    await shop.release('1.0.0', { until: 'staging' })
    expect((await apply(shop, ['staging'])).status).to.equal(200)
  })

  it('leaves nothing running: the API refuses and names what runs, and --stop ends it, also when it is repeated', async () => {
    await using shop = await openShop()
    await using _workers = await startWorkers({
      DATABASE_URL: shop.api.databaseUrl,
      TEMPORAL_ADDRESS: (await testTemporal()).address,
      HOLDFAST_RUNTIME_SOCKET: shop.runtime.socket,
    })
    await apply(shop, ['staging', 'production'])
    await shop.release('1.0.0')
    const read = async () => Release.parse((await shop.api.ask('GET', `/v1/releases/${shop.id(1)}`)).json)
    await until('its end', async () => (await read()).outcome === 'succeeded', 60_000)
    const running = (name: string) => shop.runtime.client.status({ service: shop.name, environment: name })
    expect(await running('production')).to.have.lengthOf(1)
    const refused = await apply(shop, ['staging'])
    expect(refused.json).to.deep.include({ code: 'service-busy', running: ['production'] })
    // The state after a target did not answer: the declaration has changed, and nothing was ended.
    const services = createServices(shop.api.db, locationOf)
    const declared = (await services.read(shop.name))?.declaration
    if (!declared) throw new Error('not declared')
    await services.apply({ ...declared, environments: declared.environments.slice(0, 1) }, 'any', true)
    expect(await declaredIn(shop)).to.deep.equal(['staging'])
    expect((await apply(shop, ['staging'])).json.code).to.equal('service-busy')
    expect((await apply(shop, ['staging'], '?stop=true')).status).to.equal(200)
    expect(await running('production')).to.deep.equal([])
    expect(await running('staging')).to.have.lengthOf(1)
    expect((await apply(shop, ['staging'])).status).to.equal(200)
    expect((await apply(shop, ['staging', 'production'])).status).to.equal(200)
    const [, production] = (await shop.api.ask('GET', shop.path)).json.environments as unknown as { stable: unknown }[]
    expect(production?.stable).to.equal(null)
  })
})
