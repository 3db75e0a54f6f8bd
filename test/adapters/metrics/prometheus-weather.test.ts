import type { RequestListener } from 'node:http'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { prometheusMetrics } from '../../../adapters/metrics/prometheus.ts'
import type { PrometheusAccess } from '../../../adapters/metrics/prometheus-settings.ts'
import { isProblem } from '../../../domain/problem.ts'
import { until } from '../../stack/until.ts'
import { noSettings, outcomeOf } from '../stand.ts'
import { startServer } from './exporter.ts'

/** Far enough ahead that the samples stay fresh however long earlier tests take. */
const at = Date.now() / 1_000 + 3_600
const row = (part: string, value: string) => ({
  metric: { revision: 'r1', replica: 'a', holdfast_part: part },
  value: [at, value],
})
const vector = (...result: object[]) => JSON.stringify({ status: 'success', data: { resultType: 'vector', result } })
const good = vector(row('at', String(at)), row('requests', '5'), row('errors', '1'))
const says =
  (status: number, body: string): RequestListener =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(body)

/** Each call gets its own environment, because concurrent calls for the same one share an answer. */
let environments = 0
const someWanted = () => ({
  ref: { service: `shop-${(environments += 1)}`, environment: 'production' },
  versions: { r1: '1.0.0' },
  edgesMs: [],
  queries: [],
  needed: { matches: [], edgesMs: [] },
})

const metricsAt = (url: string, access: PrometheusAccess = noSettings) =>
  prometheusMetrics.create({ ...noSettings, ...access }, prometheusMetrics.config.parse({ url }))

describe('a Prometheus that does not answer as it should', function () {
  this.timeout(60_000)

  const weather: Readonly<Record<string, RequestListener>> = {
    'a server error': says(500, good),
    'a status that is no success': says(404, 'not found'),
    'a web page': says(200, '<html>'),
    'JSON of something else': says(200, '{"hello": 1}'),
    'an error of its own': says(422, '{"status":"error","errorType":"execution","error":"too many samples"}'),
    'an error as a success': says(200, '{"status":"error","errorType":"timeout","error":"query timed out"}'),
    'another type of result': says(200, '{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}'),
    'a value that is no text': says(200, good.replace('"5"', '5')),
    'an empty value': says(200, good.replace('"5"', '""')),
    'half an answer': (_, response) => {
      response.writeHead(200, { 'content-length': 9_999 }).write(good, () => response.destroy())
    },
    'an answer without an end': (_, response) => {
      const more = () => response.write(' '.repeat(1024 * 1024)) || response.once('drain', more)
      const timer = setInterval(() => response.writableNeedDrain || response.write(' '.repeat(1024 * 1024)), 1)
      response.once('close', () => clearInterval(timer))
      more()
    },
    'a redirect': (request, response) =>
      void (request.url?.includes('elsewhere') ? response.end(good) : response.writeHead(307, { location: '/elsewhere' }).end()),
    silence: () => {},
  }
  for (const [what, listener] of Object.entries(weather))
    it(`is unavailable and has no counters: ${what}`, async () => {
      await using server = await startServer(listener)
      const metrics = metricsAt(server.url)
      expect(await outcomeOf(metrics.read(someWanted()))).to.equal('metrics-unavailable')
      expect(await outcomeOf(metrics.history(someWanted(), 'r1', Date.now() - 60_000))).to.equal('metrics-unavailable')
      expect(server.requests.map(({ url }) => url)).to.deep.equal(['/api/v1/query', '/api/v1/query_range'])
      server.answer(says(200, good))
      expect((await metrics.read(someWanted())).replicas[0]).to.include({ requests: 5, errors: 1 })
    })

  it('is not read to the end when its answer has no end', async () => {
    await using server = await startServer(weather['an answer without an end'] ?? (() => {}))
    const error = await metricsAt(server.url)
      .read(someWanted())
      .catch((failure: unknown) => failure)
    expect(isProblem(error, 'metrics-unavailable') && error.message).to.include('the answer is longer than')
  })

  it('is left alone for five seconds after five failures, and used again once it answers', async () => {
    await using server = await startServer(says(503, 'starting'))
    const metrics = metricsAt(server.url)
    for (let i = 0; i < 12; i += 1) expect(await outcomeOf(metrics.read(someWanted()))).to.equal('metrics-unavailable')
    expect(server.requests.length, 'asked before the breaker opened').to.equal(5)
    await until('it to be tried once', async () => {
      await outcomeOf(metrics.read(someWanted()))
      return server.requests.length === 6
    })
    expect(await outcomeOf(metrics.read(someWanted())), 'open again after one failure').to.equal('metrics-unavailable')
    expect(server.requests.length).to.equal(6)
    server.answer(says(200, good))
    await until('it to be trusted', async () => (await outcomeOf(metrics.read(someWanted()))) === 'accepted')
    for (let i = 0; i < 6; i += 1) expect(await outcomeOf(metrics.read(someWanted()))).to.equal('accepted')
    expect(server.requests.length).to.equal(13)
  })

  it('is asked once by all analyses that look at the same environment at once', async () => {
    await using server = await startServer((_, response) => void setTimeout(() => response.end(good), 50))
    const [metrics, wanted] = [metricsAt(server.url), someWanted()]
    await Promise.all(Array.from({ length: 20 }, () => metrics.read(wanted)))
    expect(server.requests.length).to.equal(1)
  })
})

describe('the address of a Prometheus', () => {
  const refusal = (url: string, hosts: readonly string[] = []) =>
    prometheusMetrics.refusal?.({ ...noSettings, prometheusHosts: hosts }, prometheusMetrics.config.parse({ url }), [])[0]
      ?.detail ?? null

  it('may be on loopback, or on a host that the settings name, with or without a port', () => {
    for (const url of ['http://127.0.0.1:9090', 'http://localhost/prom', 'http://[::1]:9090']) expect(refusal(url)).to.equal(null)
    expect(refusal('http://metrics.internal:9090')).to.include('HOLDFAST_PROMETHEUS_HOSTS')
    expect(refusal('http://127.0.0.1.evil.example')).to.be.a('string')
    expect(refusal('http://metrics.internal:9090', ['metrics.internal'])).to.equal(null)
    expect(refusal('https://metrics.internal:9090', ['metrics.internal:9090'])).to.equal(null)
    expect(refusal('http://metrics.internal:9091', ['metrics.internal:9090'])).to.be.a('string')
  })

  it('that is refused is never called, also when it was declared earlier', async () => {
    const error = await metricsAt('http://192.0.2.1:9090')
      .read(someWanted())
      .catch((failure: unknown) => failure)
    expect(isProblem(error, 'metrics-unavailable') && error.message).to.include('neither loopback nor a host')
  })

  it('gets the token only if the settings name its host, and no error contains the token', async () => {
    await using server = await startServer(says(401, 'who are you'))
    const { host } = new URL(server.url)
    const errors = [[], [host]].map((prometheusHosts) =>
      metricsAt(server.url, { prometheusHosts, prometheusToken: 's3cret' }).read(someWanted()).catch(String),
    )
    const told = JSON.stringify(await Promise.all(errors))
    const tokens = server.requests.map(({ headers }) => headers.authorization)
    expect(tokens).to.have.members([undefined, 'Bearer s3cret'])
    expect(told).to.not.include('s3cret')
  })

  it('has no user, no query and no other scheme than http and https, and metrics and labels are names', () => {
    const isTaken = (config: object) => prometheusMetrics.config.safeParse({ url: 'http://127.0.0.1:9090', ...config }).success
    expect(isTaken({})).to.equal(true)
    for (const url of ['http://ann:pass@127.0.0.1', 'http://127.0.0.1?x=1', 'http://127.0.0.1#x', 'file:///etc', '127.0.0.1'])
      expect(isTaken({ url }), url).to.equal(false)
    expect(isTaken({ counters: { requests: 'up{} or vector(1)' } })).to.equal(false)
    expect(isTaken({ labels: { replica: 'pod) or (x' } })).to.equal(false)
    expect(isTaken({ match: { 'app="x"}': 'y' } })).to.equal(false)
    expect(isTaken({ interval: '15s', staleAfter: '20s' })).to.equal(false)
  })
})
