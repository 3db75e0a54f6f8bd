/** The OpenAPI document names the problems of each operation. This test provokes each of them, and no test may meet another one. */
import { createServer, connect } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { routes } from '../../api/registry.ts'
import type { Route } from '../../api/route.ts'
import type { ProblemCode } from '../../domain/problem.ts'
import { problemsAt } from '../../schema/openapi.ts'
import { operationOf } from '../../schema/operations.ts'
import { maxBodyBytes } from '../../schema/route-shape.ts'
import type { TestApi } from '../stack/api.ts'
import { startApi } from '../stack/api.ts'
import { demoArtifact } from '../stack/demo-artifact.ts'
import type { Shop } from '../stack/shop.ts'
import { openShop, shopDeclaration } from '../stack/shop.ts'
import { meet, metProblems } from '../stack/held-answers.ts'
import { until } from '../stack/until.ts'

/**
 * Codes that this test does not provoke: an internal fault, races of two changes at the same instant, and the code that
 * test/api/many-streams.test.ts provokes.
 */
const neverAsked: readonly ProblemCode[] = ['internal', 'stale-token', 'too-many-streams']

interface Sent {
  readonly route: Route
  readonly path: string
  readonly key: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
}

/** The path of a route with names that do not exist. */
const pathOf = ({ verb }: Route, name = 'nothing'): string =>
  verb.path
    .replace('{id}', verb.noun === 'rollback' ? `rollback%2F${name}%2Fproduction%2F1` : `${name}-1`)
    .replaceAll(/\{[a-z]+\}/gi, name)

const takesBody = ({ verb }: Route): boolean => verb.method === 'POST' || verb.method === 'PUT'

/** The document's example body, with a service that does not exist. */
const bodyOf = ({ verb }: Route): string => {
  const body = operationOf(verb).body ?? {}
  return JSON.stringify(verb.noun === 'artifact' ? { ...body, service: 'nothing' } : body)
}

async function send(api: TestApi, { route: { verb }, path, key, headers, body }: Sent): Promise<ProblemCode | null> {
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const response = await fetch(`${api.url}${path}`, {
    method: verb.method,
    headers: { ...(key === '' ? {} : { authorization: `Bearer ${key}` }), ...type, ...headers },
    ...(body === undefined ? {} : { body }),
  })
  const answer = { status: response.status, headers: response.headers, text: await response.text() }
  meet(verb.method, path, answer)
  return answer.text.startsWith('{"') ? ((JSON.parse(answer.text) as { code?: ProblemCode }).code ?? null) : null
}

/** Provokes the problems that every operation shares. */
async function walk(api: TestApi, route: Route): Promise<void> {
  const { key } = api
  const at = { route, path: pathOf(route), key }
  const good = takesBody(route) ? { body: bodyOf(route) } : {}
  await send(api, { ...at, ...good, headers: { origin: 'http://elsewhere.example' } })
  await send(api, { ...at, ...good, key: '' })
  await send(api, { ...at, ...good, key: await api.keyFor(['nothing:read']) })
  if (route.verb.path.startsWith('/v1/')) await send(api, { ...at, ...good, path: `${at.path}?nope=1` })
  await send(api, { ...at, ...good })
  if (!takesBody(route)) return
  await send(api, { ...at, body: new Uint8Array([0x22, 0xff, 0x22]) })
  await send(api, { ...at, body: 'x'.repeat(maxBodyBytes + 1) })
  await send(api, { ...at, body: 'x', headers: { 'content-type': 'text/plain' } })
}

/** Uses one key for two requests, and for one that has no answer yet. */
async function walkWithKey(api: TestApi, route: Route): Promise<void> {
  if (route.verb.method === 'GET' || route.isReplayed === false) return
  const headers = { 'idempotency-key': randomBytes(9).toString('hex') }
  const first = { route, path: pathOf(route), key: api.key, headers, ...(takesBody(route) ? { body: bodyOf(route) } : {}) }
  await send(api, first)
  await send(api, { ...first, path: pathOf(route, 'other'), ...(takesBody(route) ? { body: `${bodyOf(route)} ` } : {}) })
  await api.db.query('update idempotency set status = null, answer = null, created_at = clock_timestamp() where key = $1', [
    headers['idempotency-key'],
  ])
  await send(api, first)
}

/** A proxy to the database that can be cut. */
async function openWay(databaseUrl: string): Promise<{ readonly url: string; cut(): void }> {
  const to = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    const onward = connect(Number(to.port), to.hostname)
    for (const one of [socket, onward]) sockets.add(one.on('error', () => {}).on('close', () => sockets.delete(one)))
    socket.pipe(onward).pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    cut() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Provokes the problems that need a service with releases. */
async function meetAtShop(shop: Shop): Promise<void> {
  const { api, path, name } = shop
  const put = (body: object, headers = {}, query = '') => api.ask('PUT', `${path}${query}`, { body, headers })
  const declaration = (environment: object, more: object = {}) => shopDeclaration(environment, { name, ...more })
  await put(declaration({}), { 'if-match': '"another"' })
  await put(declaration({ metrics: { kind: 'prometheus', url: 'http://metrics.example:9090' } }))
  await api.ask('POST', `${path}/environments/production/rollbacks`, { body: {} })
  await shop.release('1.0.0')
  await api.ask('POST', `/v1/releases/${shop.id(1)}/retry`, { body: {} })
  await api.ask('DELETE', path)
  await put(shopDeclaration({ name: 'staging' }, { name }))
  const others = { path: demoArtifact('9.9.9') }
  await api.ask('POST', `${path}/releases`, { body: { version: '1.0.0', artifact: others } })
  await api.ask('POST', `${path}/releases`, {
    body: { version: '2.0.0', artifact: { ...others, digest: `sha256:${'0'.repeat(64)}` } },
  })
  await shop.declare({ onBusy: 'refuse' })
  await shop.release('1.1.0')
  const { target } = (shopDeclaration() as { environments: { target: object }[] }).environments[0] ?? {}
  await shop.declare({ target: { ...target, env: { TOKEN: { secret: 'token' } } } })
  await shop.release('1.2.0')
  const encrypted = { encoding: 'binary/encrypted', 'encryption-key-id': 'lost' }
  const metadata = Object.fromEntries(
    Object.entries(encrypted).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  )
  await api.ask('POST', '/v1/payloads/decode', { body: { payloads: [{ metadata, data: '' }] } })
}

const kindsIn = {
  baking: ['pause', 'promote', 'promote-fully', 'extend'],
  paused: ['resume'],
  'needs-operator': ['retry-revert', 'accept-as-is'],
} as const
const kinds = [...Object.values(kindsIn).flat(), 'abort'] as const

/** Sends requests to a release and to a rollback: without a worker, without Temporal (`away`), and after their end. */
async function meetAtRequests({ api, path, name, id }: Shop, away: TestApi): Promise<void> {
  const end = async () => {
    await api.db.query(`update turn set state = 'over', over_at = now()`)
    await api.db.query(`update rollout set outcome = 'succeeded'`)
  }
  const open = async (kind: string, phase: string) => {
    await api.db.query(`update turn set state = 'open', over_at = null where kind = $1`, [kind])
    await api.db.query(
      `update rollout set phase = $2, outcome = null where workflow_id in (select workflow_id from turn where kind = $1)`,
      [kind, phase],
    )
  }
  await end()
  await api.db.query(`update release set outcome = 'succeeded', ended_at = now()`)
  for (const one of [api, away]) await one.ask('POST', `/v1/releases/${id(1)}/retry`, { body: {}, key: api.key })
  const back = await api.ask('POST', `${path}/environments/production/rollbacks`, { body: { version: '1.0.0' } })
  expect(back.status, back.text).to.equal(202)
  await end()
  await api.db.query(`update release set outcome = null, ended_at = null`)
  for (const [kind, self] of [
    ['rollout', `/v1/releases/${id(1)}`],
    ['rollback', `/v1/rollbacks/${encodeURIComponent(`rollback/${name}/production/1`)}`],
  ] as const) {
    const askAll = (of: TestApi, key: string, all: readonly string[]) =>
      Promise.all(all.map((request) => of.ask('POST', `${self}/${request}`, { body: {}, key })))
    for (const [phase, asked] of Object.entries(kindsIn)) {
      await open(kind, phase)
      const other = await api.keyFor(['*'])
      // Each of these waits three seconds for an answer of Temporal.
      await Promise.all([askAll(api, api.key, asked), askAll(away, other, asked)])
    }
    await end()
    await askAll(api, api.key, kinds)
  }
}

describe('the problems of an operation of the API', function () {
  this.timeout(240_000)

  it('are in its document, all of them and no other', async () => {
    await using shop = await openShop({ HOLDFAST_PAYLOAD_KEYS: `k1:${randomBytes(32).toString('base64')}` })
    const { api, path, name } = shop
    await Promise.all(routes.map((route) => Promise.all([walk(api, route), walkWithKey(api, route)])))
    await meetAtShop(shop)
    const way = await openWay(api.databaseUrl)
    const unlike = { HOLDFAST_LOCAL_TARGET: 'refuse', HOLDFAST_RATE_LIMIT: '12', TEMPORAL_ADDRESS: '127.0.0.1:1' }
    await using away = await startApi({ ...unlike, DATABASE_URL: way.url })
    await meetAtRequests(shop, away)
    const { key } = api
    for (const list of ['releases', 'rollbacks']) await api.ask('GET', `/v1/${list}?service=nothing`)
    await away.ask('PUT', path, { body: shopDeclaration({}, { name }), key })
    await away.ask('GET', `${path}/environments/production/logs`, { key })
    await away.ask('POST', '/v1/artifacts/inspect', { body: { path: demoArtifact('1.0.0') }, key })
    await away.ask('POST', `${path}/releases`, { body: { version: '3.0.0', artifact: { path: demoArtifact('3.0.0') } }, key })
    await shop.runtime.kill()
    await api.db.query(
      `update environment set stable = (select plan->'canary' from rollout limit 1), stable_release = $1, stable_number = 1, stable_since = now()
        where service = $2 and name = 'production'`,
      [shop.id(1), name],
    )
    await api.ask('PUT', `${path}?stop=true`, { body: shopDeclaration({ name: 'staging' }, { name }) })
    await api.ask('DELETE', `${path}?stop=true`)
    // A client of its own, so that its buckets are soon empty.
    const poor = await api.keyFor(['*'])
    for (const route of routes.filter(({ verb }) => verb.cost !== 'free'))
      await until(`${route.verb.method} ${route.verb.path} is limited`, async () => {
        const all = Array.from({ length: route.verb.method === 'GET' ? 60 : 6 }, () =>
          send(away, { route, path: pathOf(route), key: poor, ...(takesBody(route) ? { body: bodyOf(route) } : {}) }),
        )
        return (await Promise.all(all)).includes('rate-limited')
      })
    way.cut()
    await Promise.all(
      routes.map((route) =>
        send(away, { route, path: pathOf(route), key, ...(takesBody(route) ? { body: bodyOf(route) } : {}) }),
      ),
    )

    const named = routes.flatMap((route) =>
      problemsAt(route)
        .filter((code) => !neverAsked.includes(code))
        .map((code) => `${route.verb.method} ${route.verb.path} ${code}`),
    )
    expect(
      named.filter((one) => !metProblems.has(one)),
      'named, and never met',
    ).to.deep.equal([])
  })
})
