import { expect } from 'chai'
import { beforeEach, describe, it } from 'mocha'
import { z } from 'zod'
import { openApi, problemsAt } from '../../schema/openapi.ts'
import { operationOf } from '../../schema/operations.ts'
import type { RouteShape } from '../../schema/route-shape.ts'
import { verbOf } from '../../schema/verbs.ts'

const Shown = z.object({ name: z.string(), tag: z.string(), links: z.object({}) })
const Item = z.object({ line: z.string() })

const declare: RouteShape = {
  verb: verbOf('service', 'apply'),
  query: z.object({ stop: z.string().optional() }),
  body: z.object({}),
  media: 'yaml',
  etag: 'tag',
  answers: { 200: Shown, 201: Shown },
}
const show: RouteShape = { verb: verbOf('service', 'show'), etag: 'tag', answers: { 200: Shown } }
const follow: RouteShape = { verb: verbOf('release', 'watch'), stream: { item: Item, resumes: true }, answers: { 200: Item } }
const logs: RouteShape = { verb: verbOf('logs', 'read'), stream: { item: Item, resumes: false }, answers: { 200: Item } }
const createKey: RouteShape = {
  verb: verbOf('key', 'create'),
  body: z.object({ scopes: z.string() }),
  isReplayed: false,
  etag: 'other',
  answers: { 201: z.object({ key: z.string() }) },
}
const revoke: RouteShape = { verb: verbOf('key', 'revoke'), answers: { 204: null } }
const list: RouteShape = {
  verb: verbOf('release', 'list'),
  query: z.object({ limit: z.string() }),
  answers: { 200: z.array(Shown) },
}
const live: RouteShape = { verb: { ...verbOf('health', 'show'), path: '/livez' }, answers: { 200: null } }
const health: RouteShape = { verb: verbOf('health', 'show'), answers: { 200: z.object({ status: z.string() }) } }
const put: RouteShape = {
  verb: { ...verbOf('key', 'create'), method: 'PUT', path: '/v1/odd' },
  etag: 'tag',
  body: z.object({}),
  answers: {},
}
const untagged: RouteShape = { ...put, verb: { ...put.verb, path: '/v1/untagged' } }
const { etag: _, ...withoutTag } = untagged

interface Operation {
  readonly [key: string]: unknown
  readonly parameters?: readonly {
    readonly in: string
    readonly name: string
    readonly required?: boolean
    readonly schema: unknown
  }[]
  readonly requestBody?: { readonly required: boolean; readonly description: string; readonly content: Record<string, unknown> }
  readonly responses: Record<
    string,
    {
      readonly description: string
      readonly headers?: Record<string, { readonly description: string }>
      readonly content?: Record<string, { readonly schema: unknown; readonly example?: unknown }>
    }
  >
}

interface Document {
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { readonly schemas: Record<string, unknown>; readonly securitySchemes: unknown }
}
const build = (routes: readonly RouteShape[], declaration: Record<string, unknown>) => openApi(routes, declaration) as Document

let document: Document
const operation = ({ verb }: RouteShape): Operation =>
  document.paths[verb.path]?.[verb.method.toLowerCase()] ?? expect.fail(`no ${verb.method} ${verb.path}`)
const headersOf = (route: RouteShape, status: number | string) => Object.keys(operation(route).responses[status]?.headers ?? {})
const parameters = (route: RouteShape) => (operation(route).parameters ?? []).map((one) => `${one.in} ${one.name}`)

const limits = ['RateLimit-Policy', 'RateLimit']
const replayed = 'Idempotency-Replayed'

describe('the OpenAPI document', () => {
  // Once for each test, so that each one reaches the code that builds it (docs/mutants.md).
  beforeEach(() => {
    document = build([declare, show, follow, logs, createKey, revoke, list, live, health, put, withoutTag], {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'A declaration',
    })
  })

  it('says what it is, where it is, and how to show who asks', () => {
    expect(document).to.deep.include({
      openapi: '3.1.0',
      info: {
        title: 'Holdfast',
        version: '1',
        description: 'Holdfast releases versions step by step, measures them, and reverts one that is not good.',
      },
      servers: [{ url: '/' }],
      security: [{ key: [] }, { session: [] }],
    })
    expect(document.components.securitySchemes).to.deep.equal({
      key: { type: 'http', scheme: 'bearer', description: 'An API key.' },
      session: { type: 'apiKey', in: 'cookie', name: 'holdfast_session', description: "The console's session." },
    })
    expect(document.components.schemas['Declaration']).to.deep.equal({ title: 'A declaration' })
    expect(document.components.schemas).to.include.keys('Problem')
    expect(build([], {}).components.schemas, 'without a route').to.deep.equal({ Declaration: {} })
  })

  it('has every operation of a path, with its row: id, words, action and cost', () => {
    expect(Object.keys(document.paths['/v1/services/{service}'] ?? {})).to.deep.equal(['put', 'get'])
    const { verb } = declare
    expect(operation(declare)).to.deep.include({
      operationId: 'service-apply',
      summary: verb.summary,
      description: operationOf(verb).description,
      tags: ['service'],
      'x-action': 'service:apply',
      'x-cost': 'write',
    })
    expect([live, health].map((route) => operation(route)['operationId'])).to.deep.equal(['livez', 'health'])
    expect([live, declare].map((route) => operation(route)['security'])).to.deep.equal([[], undefined])
  })

  it('has what an operation takes: parts of its path, its query, and the headers that its route reads', () => {
    const all: readonly (readonly [RouteShape, readonly string[]])[] = [
      [declare, ['path service', 'query stop', 'header Idempotency-Key', 'header If-Match', 'header If-None-Match']],
      [show, ['path service']],
      [follow, ['path id', 'header Last-Event-ID']],
      [logs, ['path service', 'path environment']],
      [createKey, []],
      [revoke, ['path id', 'header Idempotency-Key']],
      [list, ['query limit']],
      [live, []],
      [put, ['header Idempotency-Key', 'header If-Match', 'header If-None-Match']],
      [withoutTag, ['header Idempotency-Key']],
    ]
    for (const [route, expected] of all) expect(parameters(route), route.verb.path).to.deep.equal(expected)
    const [service, , key, match] = operation(declare).parameters ?? []
    expect([service?.required, service?.schema]).to.deep.equal([true, { type: 'string' }])
    expect([key?.required, key?.schema]).to.deep.equal([undefined, { type: 'string', minLength: 1, maxLength: 255 }])
    expect(match).to.deep.include({ description: 'Tags. The declaration must have one of them.' })
  })

  it('has the body of an operation: JSON, or a declaration as YAML too, with the example of its row', () => {
    const { body: example } = operationOf(declare.verb)
    const declaration = { $ref: '#/components/schemas/Declaration' }
    expect(operation(declare).requestBody).to.deep.equal({
      required: true,
      description: 'At most 1048576 bytes.',
      content: { 'application/json': { schema: declaration, example }, 'application/yaml': { schema: declaration } },
    })
    const json = operation(createKey).requestBody
    expect(json).to.deep.include({ required: true, description: 'At most 1048576 bytes.' })
    expect(Object.keys(json?.content ?? {})).to.deep.equal(['application/json'])
    expect(json?.content['application/json']).to.deep.equal({
      schema: { type: 'object', properties: { scopes: { type: 'string' } }, required: ['scopes'] },
      example: operationOf(createKey.verb).body,
    })
    expect(operation(show)).to.not.have.any.keys('requestBody')
  })

  it('has the answers of an operation, with the examples of its row, and a stream where there is one', () => {
    const { answers } = operationOf(declare.verb)
    const [changed, created] = [200, 201].map((status) => operation(declare).responses[status])
    expect([changed?.description, created?.description]).to.deep.equal([declare.verb.summary, declare.verb.summary])
    expect(changed?.content?.['application/json']?.example).to.deep.equal(answers?.[200])
    expect(changed?.content?.['application/json']?.schema).to.deep.include({ type: 'object', required: ['name', 'tag', 'links'] })
    expect(created?.content?.['application/json']).to.have.all.keys('schema')
    expect(Object.keys(changed?.content ?? {})).to.deep.equal(['application/json'])
    for (const route of [follow, logs]) {
      const content = operation(route).responses[200]?.content
      expect(Object.keys(content ?? {})).to.deep.equal(['application/json', 'text/event-stream'])
      expect(content?.['text/event-stream']?.schema).to.deep.include({ required: ['line'] })
    }
    expect(operation(revoke).responses[204]).to.have.all.keys('description', 'headers')
    expect(operation(live).responses[200]).to.deep.equal({ description: live.verb.summary })
  })

  it('has the headers of each answer: where the change is, its tag, whether it is a repeat, and what is left of the limit', () => {
    const all: readonly (readonly [RouteShape, number | string, readonly string[]])[] = [
      [declare, 200, ['Location', 'ETag', replayed, ...limits]],
      [show, 200, ['ETag', ...limits]],
      [list, 200, limits],
      [createKey, 201, limits],
      [revoke, 204, [replayed, ...limits]],
      [live, 200, []],
      [health, 200, []],
      [declare, 'default', ['Retry-After', 'Allow', ...limits, replayed]],
      [show, 'default', ['Retry-After', 'Allow', ...limits]],
      [live, 'default', ['Retry-After', 'Allow']],
    ]
    for (const [route, status, expected] of all)
      expect(headersOf(route, status), `${route.verb.path} ${status}`).to.deep.equal(expected)
    const { headers } = operation(declare).responses[200] ?? {}
    expect([headers?.['Location']?.description, headers?.['ETag']?.description]).to.deep.equal([
      'Address of what the request changed.',
      'Tag for If-Match.',
    ])
  })

  it('has each problem that an operation may answer, by status, with its meaning and an example', () => {
    for (const route of [declare, show, follow, logs, createKey, revoke, live]) {
      const { responses } = operation(route)
      const named = Object.values(responses).flatMap(({ description }) =>
        [...description.matchAll(/`([a-z-]+)`: /g)].map(([, code]) => code),
      )
      expect(named, route.verb.path).to.have.members([...problemsAt(route)])
      expect(responses['default']?.description).to.equal('What went wrong.')
      expect(responses['default']?.content).to.deep.equal({
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      })
    }
    expect(operation(createKey).responses[401]).to.deep.equal({
      description: '`not-authenticated`: A credential is needed.',
      content: {
        'application/problem+json': {
          schema: { $ref: '#/components/schemas/Problem' },
          example: {
            type: '/docs/problems#not-authenticated',
            title: 'A credential is needed',
            status: 401,
            code: 'not-authenticated',
            detail: 'a credential is needed',
            requestId: '0b0e7a52-5f0e-4a53-9a3e-1c1f3f1f0f11',
          },
        },
      },
    })
    expect(operation(declare).responses[403]?.description).to.match(/^`wrong-origin`: [^`]*\. `not-allowed`: [^`]*\.$/)
    const streams = [follow, logs, show].map((route) => problemsAt(route).includes('too-many-streams'))
    expect(streams).to.deep.equal([true, true, false])
    const repeats = [declare, revoke, createKey, show].map((route) => problemsAt(route).includes('request-in-flight'))
    expect(repeats).to.deep.equal([true, true, false, false])
  })
})
