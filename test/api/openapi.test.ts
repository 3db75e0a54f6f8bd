import { expect } from 'chai'
import { describe, it } from 'mocha'
import { routes } from '../../api/registry.ts'
import { operationOf } from '../../schema/operations.ts'
import { verbOf, verbs } from '../../schema/verbs.ts'
import type { Answered } from '../stack/api.ts'
import { startApi } from '../stack/api.ts'
import { openShop, shopDeclaration } from '../stack/shop.ts'

/** Every `$ref` of a document. */
function refsOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]) =>
    key === '$ref' && typeof member === 'string' ? [member] : refsOf(member),
  )
}

describe('the table of verbs', () => {
  it('has a route for each row, and a row for each route', () => {
    const keyOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`
    const known = new Set(verbs.map(keyOf))
    const served = routes.map(({ verb }) => keyOf(verb))
    expect([...known].filter((row) => !served.includes(row))).to.deep.equal([])
    const beside = served.filter((row) => !known.has(row))
    expect(beside).to.have.members(['GET /livez', 'GET /startupz', 'GET /readyz'])
    expect(new Set(served).size).to.equal(served.length)
  })

  it('is the complete source of the OpenAPI document, including permissions', async () => {
    await using api = await startApi()
    const { json } = await api.ask('GET', '/openapi.json', { key: null })
    const document = json as unknown as {
      openapi: string
      paths: Record<string, Record<string, { operationId: string; 'x-action': string }>>
    }
    expect(document.openapi).to.equal('3.1.0')
    for (const ref of refsOf(document)) {
      const found = ref
        .slice(2)
        .split('/')
        .reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], document)
      expect(found, ref).to.be.an('object')
    }
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path))
    expect(operations).to.have.length(routes.length)
    expect(new Set(operations.map(({ operationId }) => operationId)).size).to.equal(routes.length)
    expect(operations.every((operation) => operation['x-action'].length > 0)).to.equal(true)
  })

  it('names every header that answers carry, and the streams', async () => {
    await using shop = await openShop()
    const document = (await shop.api.ask('GET', '/openapi.json', { key: null })).json as unknown as {
      paths: Record<string, Record<string, { responses: Record<string, { headers?: object; content?: object }> }>>
    }
    const told = (path: string, method: string, status: number | string) => document.paths[path]?.[method]?.responses[status]
    const known = ['location', 'etag', 'idempotency-replayed', 'retry-after', 'allow', 'ratelimit', 'ratelimit-policy']
    const key = { 'idempotency-key': 'k' }
    const declare = () =>
      shop.api.ask('PUT', shop.path, { body: shopDeclaration({ watch: '1m' }, { name: shop.name }), headers: key })
    const answers: [string, string, Answered][] = [
      ['/v1/services/{service}', 'put', await declare()],
      ['/v1/services/{service}', 'put', await declare()],
      ['/v1/services/{service}', 'get', await shop.api.ask('GET', shop.path)],
      ['/v1/services/{service}/releases', 'post', await shop.release('1.0.0', {}, key)],
      ['/v1/services/{service}/releases', 'post', await shop.release('1.0.0', {}, key)],
      ['/v1/releases/{id}/abort', 'post', await shop.api.ask('POST', `/v1/releases/${shop.id(1)}/abort`, { body: {} })],
    ]
    const seen = answers.flatMap(([path, method, { status, headers }]) => {
      const sent = known.filter((name) => headers.has(name))
      const documented = Object.keys(told(path, method, status)?.headers ?? {}).map((name) => name.toLowerCase())
      expect(documented, `${method} ${path}`).to.include.members(sent)
      return sent
    })
    expect(seen).to.include.members(['location', 'etag', 'idempotency-replayed', 'ratelimit'])
    expect(told('/v1/releases/{id}', 'get', 'default')?.headers).to.have.all.keys(
      'Retry-After',
      'Allow',
      'RateLimit',
      'RateLimit-Policy',
    )
    for (const path of [
      '/v1/releases/{id}/events',
      '/v1/rollbacks/{id}/events',
      '/v1/services/{service}/environments/{environment}/logs',
    ])
      expect(told(path, 'get', 200)?.content, path).to.have.all.keys('application/json', 'text/event-stream')
  })

  it('describes each operation, with an example that its own schemas accept and the problems that it can answer', async () => {
    await using api = await startApi()
    const document = (await api.ask('GET', '/openapi.json', { key: null })).json as unknown as {
      paths: Record<string, Record<string, { description: string; responses: Record<string, { description: string }> }>>
    }
    for (const { verb, body, answers } of routes) {
      const row = operationOf(verb)
      const name = `${verb.method} ${verb.path}`
      const shown = document.paths[verb.path]?.[verb.method.toLowerCase()]
      expect(shown?.description, name).to.equal(row.description)
      if (body) expect(body.safeParse(row.body).error, name).to.equal(undefined)
      const examples = Object.entries(answers).filter(([status]) => row.answers?.[Number(status)] !== undefined)
      for (const [status, schema] of examples)
        expect(schema?.safeParse(row.answers?.[Number(status)]).error?.issues, `${name} ${status}`).to.equal(undefined)
      if (Object.values(answers).some((schema) => schema !== null) && verb.path.startsWith('/v1/'))
        expect(examples.length, `an example of ${name}`).to.be.above(0)
    }
    const declared = await api.ask('PUT', '/v1/services/checkout', { body: operationOf(verbOf('service', 'apply')).body })
    expect(declared.status, declared.text).to.equal(201)
    const told = (path: string, method: string, status: number) => document.paths[path]?.[method]?.responses[status]?.description
    expect(told('/v1/services/{service}/releases', 'post', 422))
      .to.include('`secret-unavailable`')
      .and.include('`version-digest-changed`')
    expect(told('/v1/releases/{id}/abort', 'post', 409)).to.include('`wrong-phase`')
    expect(told('/health', 'get', 401), 'what needs no credential does not ask for one').to.equal(undefined)
  })

  it('agrees with the API: the document has every problem that an operation answers', async () => {
    await using shop = await openShop()
    const document = (await shop.api.ask('GET', '/openapi.json', { key: null })).json as unknown as {
      paths: Record<string, Record<string, { responses: Record<string, { description: string }> }>>
    }
    const refused: readonly [string, string, Answered][] = [
      ['/v1/services/{service}', 'get', await shop.api.ask('GET', '/v1/services/nothing')],
      ['/v1/services/{service}', 'put', await shop.api.ask('PUT', shop.path, { body: '{' })],
      ['/v1/services/{service}', 'put', await shop.api.ask('PUT', shop.path, { body: shopDeclaration({}, { name: 'other' }) })],
      ['/v1/services/{service}/releases', 'post', await shop.release('1.0.0', { until: 'nowhere' })],
      ['/v1/releases/{id}/abort', 'post', await shop.api.ask('POST', '/v1/releases/nothing-1/abort', { body: {} })],
      [
        '/v1/keys',
        'post',
        await shop.api.ask('POST', '/v1/keys', { body: { scopes: ['*'] }, key: await shop.api.keyFor(['key:create']) }),
      ],
      ['/v1/releases', 'get', await shop.api.ask('GET', '/v1/releases', { key: null })],
      [
        '/v1/services/{service}/environments/{environment}/rollbacks',
        'post',
        await shop.api.ask('POST', `${shop.path}/environments/production/rollbacks`, { body: {} }),
      ],
    ]
    for (const [path, method, { status, text }] of refused) {
      const { code } = JSON.parse(text) as { code: string }
      expect(document.paths[path]?.[method]?.responses[status]?.description, `${method} ${path}: ${text}`).to.include(
        `\`${code}\``,
      )
    }
  })

  it('is shown as a page that loads nothing from other hosts', async () => {
    await using api = await startApi()
    const { text } = await api.ask('GET', '/docs', { key: null })
    const parts = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '')
    expect(parts).to.have.length(3)
    for (const path of parts) expect((await api.ask('GET', path, { key: null })).status, path).to.equal(200)
    expect(text).to.not.match(/<script>|https?:/)
  })
})
