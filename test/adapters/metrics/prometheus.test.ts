import { expect } from 'chai'
import { describe, it } from 'mocha'
import { prometheusMetrics } from '../../../adapters/metrics/prometheus.ts'
import type { ReplicaCounters } from '../../../domain/analysis/counters.ts'
import type { Wanted } from '../../../domain/analysis/wanted.ts'
import { leaveOut } from '../../left-out.ts'
import { noPrometheus, startPrometheus } from '../../stack/prometheus.ts'
import { until } from '../../stack/until.ts'
import { noSettings, outcomeOf } from '../stand.ts'
import { startExporter } from './exporter.ts'

const wanted: Wanted = {
  ref: { service: 'shop', environment: 'production' },
  versions: { r1: '1.0.0', r2: '1.1.0' },
  edgesMs: [100, 500],
  queries: [],
  needed: { matches: [], edgesMs: [] },
}

/** The configuration of a team that measured its service before it used Holdfast. */
const teams = {
  interval: '1s',
  match: { app: '{service}' },
  labels: { version: 'version', replica: 'pod' },
  counters: { requests: 'http_requests_total', histogram: 'http_request_duration_seconds' },
}

const requests = (version: string, pod: string, code: string, count: number | string, path = '/') =>
  `http_requests_total{app="shop",version="${version}",pod="${pod}",code="${code}",path="${path}"} ${count}`
const bucket = (version: string, pod: string, le: string, count: number) =>
  `http_request_duration_seconds_bucket{app="shop",version="${version}",pod="${pod}",le="${le}"} ${count}`

/** Starts a Prometheus that scrapes an exporter every second, and opens the provider that reads it. */
async function opened(lines: readonly string[], config: object = teams) {
  const resources = new AsyncDisposableStack()
  const exporter = resources.use(await startExporter(...lines))
  const prometheus = resources.use(await startPrometheus([`${exporter.url}/metrics`]))
  const metrics = prometheusMetrics.create(noSettings, prometheusMetrics.config.parse({ url: prometheus.url, ...config }))
  return {
    exporter,
    prometheus,
    metrics,
    /** Polls until the replicas' counters are as wanted. */
    seen: (what: string, are: (replicas: readonly ReplicaCounters[]) => boolean, of = wanted) =>
      until(what, async () => {
        const counters = await metrics.read(of)
        return are(counters.replicas) && counters
      }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

const revisions = (replicas: readonly ReplicaCounters[]) => replicas.map(({ revision }) => revision)

describe('counters from a Prometheus', function () {
  this.timeout(60_000)
  before(async function () {
    const why = await noPrometheus()
    if (why !== null) leaveOut(this, why)
  })

  it("are read from a team's own metrics and labels", async () => {
    await using test = await opened([
      requests('1.0.0', 'a', '200', 90),
      requests('1.0.0', 'a', '200', 6, '/pay'),
      requests('1.0.0', 'a', '404', 3),
      requests('1.1.0', 'b', '200', 7),
      requests('1.1.0', 'b', '503', 2),
      requests('0.9.0', 'old', '503', 50),
      requests('1.1.0', 'other', '503', 50).replace('app="shop"', 'app="till"'),
      ...['0.1', '0.5', '+Inf'].map((le, at) => bucket('1.1.0', 'b', le, [5, 8, 9][at] ?? 0)),
    ])
    const { atMs, replicas, atAnswers } = await test.seen('both versions', (found) => found.length === 2)
    const [a, b] = replicas.toSorted((x, y) => (x.replica < y.replica ? -1 : 1))
    expect(a).to.deep.include({ revision: 'r1', replica: 'a', requests: 99, errors: 0, statuses: { 200: 96, 404: 3 }, edges: [] })
    expect(b).to.deep.include({ revision: 'r2', replica: 'b', requests: 9, errors: 2, statuses: { 200: 7, 503: 2 } })
    expect(b?.edges).to.deep.equal([
      { edgeMs: 100, entered: 9, slow: 4 },
      { edgeMs: 500, entered: 9, slow: 1 },
    ])
    expect(atAnswers).to.equal(true)
    expect(atMs).to.equal(Math.min(a?.sampledAtMs ?? 0, b?.sampledAtMs ?? 0))
  })

  it('have the time of their sample, and are marked as old once they were read before', async () => {
    await using test = await opened([requests('1.1.0', 'b', '200', 7)], { ...teams, staleAfter: '2s' })
    const first = await test.seen('the canary', (found) => found.length === 1)
    expect(first.replicas[0]?.isOld).to.equal(undefined)
    expect(first.atMs).to.be.within(Date.now() - 3_000, Date.now())
    const later = await test.seen('it to be old', (found) => found[0]?.isOld === true)
    expect(later.atMs).to.be.greaterThan(first.atMs)
  })

  it('that are no numbers are no data, and never zero', async () => {
    await using test = await opened([requests('1.0.0', 'a', '200', 5), requests('1.1.0', 'b', '200', 5)])
    await test.seen('both versions', (found) => found.length === 2)
    for (const nothing of ['NaN', '+Inf']) {
      test.exporter.expose(
        requests('1.0.0', 'a', '200', 6),
        requests('1.1.0', 'b', '200', 9),
        requests('1.1.0', 'b', '500', nothing),
      )
      await test.seen(`no canary at ${nothing}`, (found) => revisions(found).join() === 'r1')
      test.exporter.expose(requests('1.0.0', 'a', '200', 6), requests('1.1.0', 'b', '200', 9))
      await test.seen('the canary again', (found) => found.length === 2)
    }
  })

  it('that lack the one for errors are no data', async () => {
    const runtime = (name: string) => `${name}{service="shop",environment="production",revision="r2",replica="b"} 7`
    await using test = await opened([runtime('holdfast_requests_total')], { interval: '1s' })
    await until('the sample', async () => (await samples(test.prometheus.url, 'holdfast_requests_total')) > 0)
    expect((await test.metrics.read(wanted)).replicas).to.deep.equal([])
    test.exporter.expose(runtime('holdfast_requests_total'), runtime('holdfast_request_errors_total'))
    await test.seen('errors', ([found]) => found?.errors === 7)
  })

  it('of an exporter that is gone are no data', async () => {
    await using test = await opened([requests('1.1.0', 'b', '200', 5)])
    await test.seen('the canary', (found) => found.length === 1)
    await test.exporter.close()
    await test.seen('nothing', (found) => found.length === 0)
  })

  it('that are not renewed are no data once they are stale', async () => {
    // With an explicit timestamp, Prometheus keeps the sample for five minutes and does not mark it as stale.
    const sampledAtMs = Date.now()
    await using test = await opened([`${requests('1.1.0', 'b', '200', 5)} ${sampledAtMs}`], { ...teams, staleAfter: '8s' })
    const { atMs } = await test.seen('the canary', (found) => found.length === 1)
    expect(atMs).to.equal(sampledAtMs)
    await test.seen('nothing', (found) => found.length === 0)
    expect(Date.now() - sampledAtMs).to.be.at.least(8_000)
    expect(await samples(test.prometheus.url, 'http_requests_total'), 'samples that Prometheus still answers').to.equal(1)
  })

  it('of two revisions with one version are unknown when series have only the version', async () => {
    await using test = await opened([requests('1.1.0', 'b', '200', 5)])
    const alike = { ...wanted, versions: { r1: '1.1.0', r2: '1.1.0' } }
    expect(await outcomeOf(test.metrics.read(alike))).to.equal('metrics-unavailable')
  })

  it('are unavailable after Prometheus is killed, and back once it runs again', async () => {
    await using test = await opened([requests('1.1.0', 'b', '200', 5)])
    const before = await test.seen('the canary', (found) => found.length === 1)
    await test.prometheus.kill()
    await until('no answer', async () => (await outcomeOf(test.metrics.read(wanted))) === 'metrics-unavailable')
    await test.prometheus.start()
    test.exporter.expose(requests('1.1.0', 'b', '200', 6))
    const after = await until('news', async () => {
      const counters = await test.metrics.read(wanted).catch(() => null)
      return counters?.replicas[0]?.requests === 6 && counters
    })
    expect(after.atMs).to.be.greaterThan(before.atMs)
  })
})

/** The number of samples that a query returns, asked without the provider. */
async function samples(url: string, query: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`)
  const { data } = (await answer.json()) as { data: { result: unknown[] } }
  return data.result.length
}
