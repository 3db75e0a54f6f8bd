import { expect } from 'chai'
import { describe, it } from 'mocha'
import { startApi } from '../stack/api.ts'
import { openShop, shopDeclaration } from '../stack/shop.ts'

const yaml = { 'content-type': 'application/yaml' }

describe('services over HTTP', () => {
  it('are declared once, and changed only by a caller that has seen the last change', async () => {
    await using api = await startApi()
    const put = (body: object, headers = {}) => api.ask('PUT', '/v1/services/shop', { body, headers })
    const first = await put(shopDeclaration(), { 'if-none-match': '*' })
    expect(first.status).to.equal(201)
    expect((await put(shopDeclaration(), { 'if-none-match': '*' })).json).to.include({
      code: 'precondition-failed',
      hint: 'read it again, then decide',
    })
    const tag = first.headers.get('etag') ?? ''
    const second = await put(shopDeclaration({ watch: '1m' }), { 'if-match': tag })
    expect(second.status).to.equal(200)
    expect((await put(shopDeclaration({ watch: '2m' }), { 'if-match': tag })).status).to.equal(412)
    const last = second.headers.get('etag') ?? ''
    expect((await put(shopDeclaration({ watch: '1m' }), { 'if-match': `"another", ${last}` })).status, 'one of a list').to.equal(
      200,
    )
    expect((await put(shopDeclaration({ watch: '2m' }), { 'if-match': `W/${last}` })).status, 'a weak tag').to.equal(412)
    const absent = { body: shopDeclaration({}, { name: 'absent' }), headers: { 'if-match': '*' } }
    expect((await api.ask('PUT', '/v1/services/absent', absent)).status, 'whatever is there, where nothing is').to.equal(412)
    const shown = await api.ask('GET', '/v1/services/shop')
    expect(shown.headers.get('etag')).to.equal(second.headers.get('etag'))
    expect(shown.json.declaration?.environments?.['0']?.watchMs).to.equal(60_000)
  })

  it('are answered with the same tag when the same key is repeated', async () => {
    await using api = await startApi()
    const put = () =>
      api.ask('PUT', '/v1/services/shop', {
        body: shopDeclaration(),
        headers: { 'idempotency-key': 'once', 'if-none-match': '*' },
      })
    const [first, again] = [await put(), await put()]
    expect([first.status, again.status, again.headers.get('idempotency-replayed')]).to.deep.equal([201, 201, 'true'])
    expect(first.headers.get('etag')).to.match(/^"sha256:/)
    expect(again.headers.get('etag')).to.equal(first.headers.get('etag'))
    expect(again.headers.get('location')).to.equal('/v1/services/shop')
  })

  it('are refused for an unknown key, with its line in YAML and its pointer in JSON', async () => {
    await using api = await startApi()
    const text = 'kind: Service\nname: shop\nenvironments:\n  - name: production\n    traget: { kind: local }\n'
    const inYaml = await api.ask('PUT', '/v1/services/shop', { body: text, headers: yaml })
    expect(inYaml.status).to.equal(422)
    expect(JSON.stringify(inYaml.json.errors)).to.include("line 5, column 5: unknown key 'traget': did you mean 'target'?")
    const inJson = await api.ask('PUT', '/v1/services/shop', { body: shopDeclaration({ wotch: '1m' }) })
    expect(inJson.json.errors).to.deep.equal([
      { pointer: '/environments/0/wotch', detail: "unknown key 'wotch': did you mean 'watch'?" },
    ])
    expect((await api.ask('PUT', '/v1/services/other', { body: shopDeclaration() })).json.code).to.equal('invalid-input')
  })

  it('may name commands only if the settings allow it', async () => {
    await using api = await startApi({ HOLDFAST_LOCAL_TARGET: 'refuse' })
    const refused = await api.ask('PUT', '/v1/services/shop', { body: shopDeclaration() })
    expect(refused.json).to.include({ status: 422, code: 'not-permitted-target' })
    const everywhere = { smoke: [{ command: ['true'] }], hooks: { afterRevert: [{ command: ['true'] }] } }
    const { errors } = (await api.ask('PUT', '/v1/services/shop', { body: shopDeclaration(everywhere) })).json
    expect((errors as unknown as { pointer: string }[]).map(({ pointer }) => pointer)).to.deep.equal([
      '/environments/0/target/kind',
      '/environments/0/smoke/0/command',
      '/environments/0/hooks/afterRevert/0/command',
    ])
  })

  it('may name a Prometheus only on loopback or on a host of the settings', async () => {
    await using api = await startApi({ HOLDFAST_PROMETHEUS_HOSTS: 'metrics.internal' })
    const apply = (url: string) =>
      api.ask('PUT', '/v1/services/shop', { body: shopDeclaration({ metrics: { kind: 'prometheus', url } }) })
    const refused = await apply('http://169.254.169.254/latest')
    expect(refused.json).to.include({ status: 422, code: 'not-permitted-address' })
    expect(refused.json.errors).to.deep.equal([
      {
        pointer: '/environments/0/metrics/url',
        detail: '169.254.169.254 is neither loopback nor a host that HOLDFAST_PROMETHEUS_HOSTS names',
      },
    ])
    expect((await apply('http://metrics.internal:9090')).status).to.equal(201)
    expect((await apply('http://127.0.0.1:9090')).status).to.equal(200)
  })

  it('may name hooks only on loopback or on a host of the settings', async () => {
    await using api = await startApi({ HOLDFAST_HOOK_HOSTS: 'hooks.internal' })
    const apply = (http: string) =>
      api.ask('PUT', '/v1/services/shop', {
        body: shopDeclaration({ hooks: { after: [{ http: 'http://localhost:1/' }, { http }] } }),
      })
    for (const http of [
      'http://169.254.169.254/latest',
      'http://hooks.internal.example/',
      'http://0x0a000001/',
      'http://[::ffff:a00:1]/',
    ]) {
      const refused = await apply(http)
      expect(refused.json, http).to.include({ status: 422, code: 'not-permitted-address' })
      expect(JSON.stringify(refused.json.errors)).to.include('/environments/0/hooks/after/1/http')
    }
    expect((await apply('https://hooks.internal:8443/x')).status).to.equal(201)
  })

  it('may compare only metrics that their provider can count', async () => {
    await using api = await startApi()
    const query = { kind: 'query', name: 'orders', bad: 'orders_failed_total', total: 'orders_total', share: 1 }
    const apply = (metrics: object) =>
      api.ask('PUT', '/v1/services/shop', { body: shopDeclaration({ metrics, analysis: { metrics: [query] } }) })
    const refused = await apply({ kind: 'scrape' })
    expect(refused.json.errors).to.deep.equal([
      {
        pointer: '/environments/0/analysis/metrics/0/kind',
        detail: "metrics of kind scrape, as declared, do not count 'query': only errors, status, latency",
      },
    ])
    expect((await apply({ kind: 'prometheus', url: 'http://127.0.0.1:9090' })).status).to.equal(201)
    const noHistogram = { kind: 'prometheus', url: 'http://127.0.0.1:9090', counters: { requests: 'http_requests_total' } }
    const latency = { metrics: noHistogram, analysis: { metrics: [{ kind: 'latency', share: 1 }] } }
    expect((await api.ask('PUT', '/v1/services/shop', { body: shopDeclaration(latency) })).status).to.equal(422)
  })

  it('are listed in pages, each once', async () => {
    await using api = await startApi()
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      await api.ask('PUT', `/v1/services/${name}`, { body: shopDeclaration({}, { name }) })
    const names: string[] = []
    let cursor = ''
    do {
      const { json } = await api.ask('GET', `/v1/services?limit=2${cursor && `&cursor=${cursor}`}`)
      names.push(...(json.items as unknown as { name: string }[]).map(({ name }) => name))
      cursor = (json.nextCursor as unknown as string | null) ?? ''
    } while (cursor)
    expect(names).to.deep.equal(['a', 'b', 'c', 'd', 'e'])
  })

  it('are not removed while a release is in flight, unless it is to be reverted', async () => {
    await using shop = await openShop()
    const { api } = shop
    await shop.release('1.0.0')
    expect((await api.ask('DELETE', shop.path)).json).to.deep.include({
      code: 'service-busy',
      inFlight: [{ kind: 'release', id: shop.id(1) }],
    })
    const stopping = await api.ask('DELETE', `${shop.path}?stop=true`)
    expect(stopping.status).to.equal(202)
    const [turn] = await api.db.query<{ pending: string }>('select pending from turn')
    expect(turn?.pending).to.equal('abort')
  })

  it('lose no environment that a release in flight goes to', async () => {
    await using shop = await openShop()
    await shop.release('1.0.0')
    const dropped = await shop.api.ask('PUT', shop.path, { body: shopDeclaration({ name: 'other' }, { name: shop.name }) })
    expect(dropped.json.code).to.equal('service-busy')
    expect((await shop.declare({ watch: '1m' })).status).to.equal(200)
  })

  it('are gone once removed, and when declared again their releases have unused numbers', async () => {
    await using shop = await openShop()
    const { api } = shop
    await api.db.query(`update service set next_release = 8`)
    expect((await api.ask('DELETE', shop.path)).status).to.equal(204)
    expect((await api.ask('GET', shop.path)).status).to.equal(404)
    expect((await api.ask('DELETE', shop.path)).status).to.equal(204)
    expect((await api.ask('DELETE', '/v1/services/never')).status).to.equal(404)
    expect((await shop.release('1.0.0')).status).to.equal(404)
    expect((await shop.declare()).status).to.equal(201)
    expect((await shop.release('1.0.0')).json.id).to.equal(shop.id(8))
  })
})
