import { createServer } from 'node:net'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { freePort } from '../../adapters/free-port.ts'
import { Release } from '../../schema/release.ts'
import type { Shop } from '../stack/shop.ts'
import { openShop } from '../stack/shop.ts'
import { testTemporal } from '../stack/temporal.ts'
import { until } from '../stack/until.ts'
import { startWorkers } from '../stack/workers.ts'

const declaring = (name: string, port: number, environments = ['production']) => ({
  kind: 'Service',
  name,
  environments: environments.map((environment) => ({
    name: environment,
    target: { kind: 'local', command: [process.execPath, 'server.mjs'], drain: '1s', grace: '1s' },
    traffic: { kind: 'local', port },
    strategy: { kind: 'rolling', scaleDownDelay: '0s' },
    watch: '0s',
  })),
})

const workersOf = async ({ api, runtime }: Shop) =>
  startWorkers({
    DATABASE_URL: api.databaseUrl,
    TEMPORAL_ADDRESS: (await testTemporal()).address,
    HOLDFAST_RUNTIME_SOCKET: runtime.socket,
  })

/** Another program on the machine that listens there. */
async function occupy(port: number) {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return { [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) }
}

const read = async (shop: Shop, n: number) => Release.parse((await shop.api.ask('GET', `/v1/releases/${shop.id(n)}`)).json)

describe('a declared port', function () {
  this.timeout(120_000)

  it('belongs to one environment: another declaration of it is refused with the name of its owner, until the owner is removed', async () => {
    await using shop = await openShop()
    const port = await freePort()
    const put = (name: string, environments?: string[]) =>
      shop.api.ask('PUT', `/v1/services/${name}`, { body: declaring(name, port, environments) })
    expect((await put(shop.name)).status).to.be.within(200, 201)
    expect((await put(shop.name)).status).to.equal(200)
    const other = `${shop.name}-2`
    const refused = await put(other)
    expect(refused.status).to.equal(422)
    expect(refused.json['errors']).to.deep.equal([
      { pointer: '/environments/0/traffic/port', detail: `port ${port} is declared by ${shop.name}/production already` },
    ])
    const twice = await put(shop.name, ['staging', 'production'])
    expect(twice.json['errors']).to.deep.equal([
      { pointer: '/environments/1/traffic/port', detail: `port ${port} is declared by ${shop.name}/staging already` },
    ])
    expect((await shop.api.ask('DELETE', `/v1/services/${shop.name}`)).status).to.equal(204)
    expect((await put(other)).status).to.equal(201)
  })

  it('is not one of those that the runtime assigns, unless the environment that has it declares it', async () => {
    await using shop = await openShop()
    await using _workers = await workersOf(shop)
    const [production] = declaring(shop.name, 1).environments
    await shop.api.ask('PUT', shop.path, {
      body: { ...declaring(shop.name, 1), environments: [{ ...production, traffic: { kind: 'local' } }] },
    })
    await shop.release('1.0.0')
    await until('its end', async () => (await read(shop, 1)).outcome === 'succeeded', 60_000)
    const [port = 0] = (await shop.runtime.client.ports()).held[`${shop.name}/production`] ?? []
    expect(port).to.be.greaterThan(0)
    const other = `${shop.name}-2`
    const put = (name: string) => shop.api.ask('PUT', `/v1/services/${name}`, { body: declaring(name, port) })
    const refused = await put(other)
    expect([refused.status, refused.json['errors']]).to.deep.equal([
      422,
      [{ pointer: '/environments/0/traffic/port', detail: `port ${port} belongs to ${shop.name}/production` }],
    ])
    expect((await put(shop.name)).status, 'its own').to.equal(200)
    expect((await shop.api.ask('DELETE', `${shop.path}?stop=true`)).status).to.equal(204)
    // The port is free again, but the runtime could assign it to another environment before the first release of this
    // one.
    expect([(await put(other)).status, (await put(other)).json['errors']]).to.deep.equal([
      422,
      [{ pointer: '/environments/0/traffic/port', detail: `port ${port} belongs to environments that declare none` }],
    ])
    const { last } = (await shop.runtime.client.ports()).given
    const putAt = (at: number) => shop.api.ask('PUT', `/v1/services/${other}`, { body: declaring(other, at) })
    expect([(await putAt(last)).status, (await putAt(last + 1)).status]).to.deep.equal([422, 201])
  })

  it('is waited for while another program has it; a release that is aborted meanwhile ends and blocks no other', async () => {
    await using shop = await openShop()
    await using _workers = await workersOf(shop)
    const port = await freePort()
    await shop.api.ask('PUT', shop.path, { body: declaring(shop.name, port) })
    {
      await using _taken = await occupy(port)
      await shop.release('1.0.0')
      await shop.release('1.1.0')
      await until('its start', async () => (await read(shop, 1)).phase === 'starting', 60_000)
      expect((await shop.api.ask('POST', `/v1/releases/${shop.id(1)}/abort`, { body: {} })).status).to.be.within(200, 202)
      await until('its end', async () => (await read(shop, 1)).outcome !== null, 60_000)
      expect((await read(shop, 1)).outcome).to.not.equal('succeeded')
      await until('the next', async () => (await read(shop, 2)).phase === 'starting', 60_000)
    }
    await until('the end of the next', async () => (await read(shop, 2)).outcome === 'succeeded', 60_000)
    expect((await fetch(`http://127.0.0.1:${port}`)).headers.get('x-version')).to.equal('1.1.0')
  })

  it('is free once its service has been removed', async () => {
    await using shop = await openShop()
    await using _workers = await workersOf(shop)
    const port = await freePort()
    await shop.api.ask('PUT', shop.path, { body: declaring(shop.name, port) })
    await shop.release('1.0.0')
    await until('its end', async () => (await read(shop, 1)).outcome === 'succeeded', 60_000)
    expect((await shop.api.ask('DELETE', `${shop.path}?stop=true`)).status).to.equal(204)
    await using _free = await occupy(port)
    expect((await shop.api.ask('DELETE', `${shop.path}?stop=true`)).status).to.be.within(204, 404)
  })
})
