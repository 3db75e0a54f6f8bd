import { request } from 'node:http'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { TestApi } from '../stack/api.ts'
import { startApi } from '../stack/api.ts'
import { until } from '../stack/until.ts'

/** Status of a GET with headers that fetch would not send. */
const statusOf = (api: TestApi, path: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(api.url)
    const asked = request({ hostname, port, path, headers: { authorization: `Bearer ${api.key}`, ...headers } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    asked.once('error', reject)
    asked.end()
  })

/** Status of a POST whose body comes in chunks, without a length. */
const statusOfChunks = (api: TestApi, path: string, chunk: Buffer, times: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(api.url)
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }
    const asked = request({ hostname, port, path, method: 'POST', headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    asked.once('error', reject)
    for (let i = 0; i < times; i += 1) asked.write(chunk)
    asked.end()
  })

describe('the edge of the API', () => {
  it('answers every refusal as a problem with code, status and request id', async () => {
    await using api = await startApi()
    const refused = [
      { status: 404, code: 'not-found', answer: await api.ask('GET', '/v1/nothing') },
      { status: 404, code: 'not-found', answer: await api.ask('GET', '/v1/releases/shop-1') },
      { status: 405, code: 'method-not-allowed', answer: await api.ask('PATCH', '/v1/services') },
      { status: 401, code: 'not-authenticated', answer: await api.ask('GET', '/v1/services', { key: null }) },
      { status: 422, code: 'invalid-input', answer: await api.ask('GET', '/v1/services?limit=0') },
      {
        status: 415,
        code: 'unsupported-media-type',
        answer: await api.ask('POST', '/v1/console/links', {
          body: 'a=b',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        }),
      },
      {
        status: 413,
        code: 'body-too-large',
        answer: await api.ask('PUT', '/v1/services/shop', { body: { name: 'x'.repeat(1_100_000) } }),
      },
      {
        status: 400,
        code: 'malformed-body',
        answer: await api.ask('PUT', '/v1/services/shop', { body: '{\n  "kind": Service' }),
      },
    ]
    for (const { status, code, answer } of refused) {
      expect(answer.status, code).to.equal(status)
      expect(answer.headers.get('content-type')).to.match(/^application\/problem\+json/)
      expect(answer.json).to.include({ status, code, type: `/docs/problems#${code}` })
      expect(answer.json.requestId).to.equal(answer.headers.get('x-request-id'))
    }
    expect(refused[2]?.answer.headers.get('allow')).to.equal('HEAD, GET')
    expect(refused[7]?.answer.json).to.include({ line: 2, column: 11 })
  })

  it('survives a body that is larger than its stated length, from a client without a credential', async () => {
    await using api = await startApi()
    expect(await statusOfChunks(api, '/v1/console/sessions', Buffer.alloc(64 * 1_024, 32), 40)).to.equal(413)
    expect((await api.ask('GET', '/v1/services')).status).to.equal(200)
    expect(api.output()).to.not.contain('TypeError')
  })

  it('says in plain words what is wrong in a body or query: where, what was expected, what came', async () => {
    await using api = await startApi()
    const faults = async (path: string, body: object) => (await api.ask('POST', path, { body })).json.errors
    expect(await faults('/v1/releases/shop-1/pause', { raeson: 'x' })).to.deep.equal([
      { pointer: '/raeson', detail: "unknown key 'raeson': did you mean 'reason'?" },
    ])
    expect(await faults('/v1/releases/shop-1/pause', { reason: 3 })).to.deep.equal([
      { pointer: '/reason', detail: 'expected text, got 3' },
    ])
    expect(await faults('/v1/releases/shop-1/retry', { note: 'x'.repeat(1_001) })).to.deep.equal([
      { pointer: '/note', detail: 'expected at most 1000 characters, got 1001 characters' },
    ])
    expect(await faults('/v1/console/sessions', {})).to.deep.equal([
      { pointer: '/code', detail: "'code' is missing: expected text" },
    ])
    expect((await api.ask('GET', '/v1/services?limit=x')).json.detail).to.equal(
      'the query is not valid: /limit expected a number, got something else',
    )
    expect((await api.ask('GET', '/v1/services?limit=0')).json.detail).to.equal(
      'the query is not valid: /limit expected at least 1, got 0',
    )
  })

  it('sends pages and public files with headers that say how to treat them', async () => {
    await using api = await startApi()
    for (const path of [
      '/docs',
      '/docs/problems',
      '/docs/',
      '/docs/start.js',
      '/docs/swagger-ui.css',
      '/openapi.json',
      '/livez',
      '/metrics',
    ])
      for (const method of ['POST', 'DELETE']) {
        const { status, headers } = await api.ask(method, path, { key: null })
        expect([status, headers.get('allow')], `${method} ${path}`).to.deep.equal([405, 'HEAD, GET'])
      }
    expect((await api.ask('POST', '/docs/nothing.css', { key: null })).status).to.equal(404)
  })

  it("treats an upload that breaks off as the client's doing, and not as an internal failure", async () => {
    await using api = await startApi()
    const { hostname, port } = new URL(api.url)
    const json = { 'content-type': 'application/json', 'content-length': '1000', expect: '100-continue' }
    const headers = { ...json, authorization: `Bearer ${api.key}` }
    const asked = request({ hostname, port, path: '/v1/console/links', method: 'POST', headers })
    asked.on('error', () => {})
    asked.once('continue', () => asked.write('{', () => asked.destroy()))
    asked.flushHeaders()
    const ofUpload = () =>
      api
        .output()
        .split('\n')
        .filter((line) => line.includes('"path":"/v1/console/links"'))
    await until('its line', async () => ofUpload().length > 0, 10_000)
    expect(ofUpload().map((line) => JSON.parse(line).status)).to.deep.equal([499])
    expect(api.output()).not.to.include('request failed')
  })

  it('refuses malformed texts: a NUL in a name, a cursor of another list', async () => {
    await using api = await startApi()
    for (const path of ['/v1/services/a%00b', '/v1/releases/a%00b'])
      expect((await api.ask('GET', path)).status, path).to.equal(404)
    for (const cursor of ['MSB4', 'enp6IHp6eg', '%00'])
      expect((await api.ask('GET', `/v1/releases?cursor=${cursor}`)).json, cursor).to.include({
        status: 422,
        code: 'invalid-input',
      })
  })

  it("logs the client's address, which only a trusted proxy may override", async () => {
    for (const [proxies, told, client] of [
      ['127.0.0.1,10.0.0.9', '6.6.6.6, 203.0.113.7, 10.0.0.9', '203.0.113.7'],
      ['127.0.0.1', '', '127.0.0.1'],
      ['10.0.0.9', '203.0.113.7', '127.0.0.1'],
    ] as const) {
      await using api = await startApi({ HOLDFAST_TRUSTED_PROXIES: proxies })
      await api.ask('GET', '/v1/services', { headers: { 'x-forwarded-for': told, 'x-request-id': 'who-asked-this' } })
      const line = await until('its line in the log', () =>
        api
          .output()
          .split('\n')
          .find((each) => each.includes('who-asked-this')),
      )
      expect(line, `${told} by a peer that is ${proxies === '10.0.0.9' ? 'not ' : ''}trusted`).to.include(`"client":"${client}"`)
    }
  })

  it("uses in links and cookies the address that a trusted proxy gives, and ignores other clients' headers", async () => {
    const told = { 'x-forwarded-host': 'holdfast.example', 'x-forwarded-proto': 'https', origin: 'https://holdfast.example' }
    const HOLDFAST_ALLOWED_HOSTS = 'holdfast.example'
    await using trusting = await startApi({ HOLDFAST_TRUSTED_PROXIES: '127.0.0.0/8', HOLDFAST_ALLOWED_HOSTS })
    const link = await trusting.ask('POST', '/v1/console/links', { body: {}, headers: told })
    expect(link.member('url')).to.match(/^https:\/\/holdfast\.example\/#code=/)
    const body = { code: link.member('url').split('#code=')[1] }
    const session = await trusting.ask('POST', '/v1/console/sessions', { body, key: null, headers: told })
    expect(session.headers.get('set-cookie')).to.match(/; Secure$/)
    // A page after DNS rebinding also comes from loopback and can send any header.
    const { host } = new URL(trusting.url)
    const rebound = { host: 'evil.example', origin: 'http://evil.example', 'x-forwarded-host': host }
    expect(await statusOf(trusting, '/v1/services', rebound)).to.equal(403)
    expect(await statusOf(trusting, '/v1/services', { ...rebound, 'x-forwarded-host': 'evil.example' })).to.equal(403)
    expect(await statusOf(trusting, '/v1/services', { host, 'x-forwarded-host': 'evil.example' })).to.equal(403)
    expect(await statusOf(trusting, '/v1/services', { host, origin: `http://${host}` })).to.equal(200)

    await using wary = await startApi({ HOLDFAST_TRUSTED_PROXIES: '10.0.0.0/8', HOLDFAST_ALLOWED_HOSTS })
    const { origin: _, ...spoofed } = told
    const own = await wary.ask('POST', '/v1/console/links', { body: {}, headers: spoofed })
    expect(own.member('url').startsWith(`${wary.url}/#code=`), own.member('url').split('#')[0]).to.equal(true)
    expect((await wary.ask('GET', '/v1/services', { headers: told })).status).to.equal(403)
  })

  it('refuses requests under a foreign host name, and requests of a page of another origin', async () => {
    await using api = await startApi({ HOLDFAST_ALLOWED_HOSTS: 'holdfast.internal' })
    const { host, port } = new URL(api.url)
    expect(await statusOf(api, '/v1/services', { host: 'evil.example' })).to.equal(403)
    expect(await statusOf(api, '/v1/services', { host: '127.0.0.1.evil.example' })).to.equal(403)
    expect(await statusOf(api, '/v1/services', { host, origin: 'https://evil.example' })).to.equal(403)
    expect(await statusOf(api, '/v1/services', { host, origin: 'http://127.0.0.1:1' })).to.equal(403)
    expect(await statusOf(api, '/v1/services', { host, origin: 'null' })).to.equal(403)
    expect(await statusOf(api, '/v1/services', { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' })).to.equal(403)
    expect(await statusOf(api, '/v1/services', { host, origin: `http://${host}` })).to.equal(200)
    expect(await statusOf(api, '/v1/services', { host: `[::1]:${port}` })).to.equal(200)
    expect(await statusOf(api, '/v1/services', { host: 'holdfast.internal' })).to.equal(200)
  })

  it('lets a key do what its scopes allow, and nothing else', async () => {
    await using api = await startApi()
    const key = await api.keyFor(['service:read'])
    expect((await api.ask('GET', '/v1/services', { key })).status).to.equal(200)
    expect((await api.ask('GET', '/v1/releases', { key })).json).to.include({ code: 'not-allowed' })
    // Change the last character.
    const mistyped = `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`
    expect((await api.ask('GET', '/v1/services', { key: mistyped })).status).to.equal(401)
    await api.db.query('update api_key set revoked_at = now()')
    expect((await api.ask('GET', '/v1/services', { key })).status).to.equal(401)
  })

  it('logs no secret, whatever is sent and whatever fails', async () => {
    await using api = await startApi()
    const link = await api.ask('POST', '/v1/console/links', { body: {} })
    const code = link.member('url').split('#code=')[1] ?? ''
    await api.ask('POST', '/v1/console/sessions', { body: { code }, key: null })
    await api.ask('POST', '/v1/console/sessions', { body: { code }, key: null })
    await api.db.query('drop table release cascade')
    expect((await api.ask('GET', `/v1/releases?environment=${code}`)).json).to.deep.include({
      code: 'internal',
      detail: 'Something went wrong',
    })
    await api.stop()
    const output = api.output()
    expect(output).to.include('"msg":"request failed"').and.include('"msg":"stopped"')
    for (const secret of [api.key, code, 'a pepper of tests', new URL(api.databaseUrl).password])
      expect(output.includes(secret), secret.slice(0, 8)).to.equal(false)
  })

  it('reports its health without a credential, and names what is away', async () => {
    await using api = await startApi({ TEMPORAL_ADDRESS: '127.0.0.1:1' })
    for (const path of ['/livez', '/readyz', '/startupz', '/metrics'])
      expect((await api.ask('GET', path, { key: null })).status).to.equal(200)
    const { json } = await api.ask('GET', '/health', { key: null })
    expect(json).to.deep.equal({
      status: 'degraded',
      components: {
        disk: { ok: true, detail: null },
        state: { ok: true, detail: null },
        database: { ok: true, detail: null },
        temporal: { ok: false, detail: 'does not answer' },
      },
    })
  })
})
