import { expect } from 'chai'
import { describe, it } from 'mocha'
import { prometheusMetrics } from '../../../adapters/metrics/prometheus.ts'
import type { Wanted } from '../../../domain/analysis/wanted.ts'
import { isProblem } from '../../../domain/problem.ts'
import { leaveOut } from '../../left-out.ts'
import { noPrometheus, startPrometheus } from '../../stack/prometheus.ts'
import { until } from '../../stack/until.ts'
import { noSettings } from '../stand.ts'
import { startExporter } from './exporter.ts'

const labels = (revision: string, replica: string) =>
  `service="shop",environment="production",revision="${revision}",replica="${replica}"`
const series = (name: string, revision: string, replica: string, count: number | string, more = '') =>
  `${name}{${labels(revision, replica)}${more}} ${count}`
const alive = (revision: string, replica: string) => [
  series('holdfast_requests_total', revision, replica, 10),
  series('holdfast_request_errors_total', revision, replica, 0),
]

const wantedOf = (bad: string, total: string): Wanted => ({
  ref: { service: 'shop', environment: 'production' },
  versions: { r1: '1.0.0', r2: '1.1.0' },
  edgesMs: [],
  queries: [{ kind: 'query', name: 'orders', bad, total, share: 1, dryRun: false }],
  needed: { matches: [], edgesMs: [] },
})

async function opened(...lines: readonly string[]) {
  const resources = new AsyncDisposableStack()
  const exporter = resources.use(await startExporter(...lines))
  const prometheus = resources.use(await startPrometheus([`${exporter.url}/metrics`]))
  const metrics = prometheusMetrics.create(noSettings, prometheusMetrics.config.parse({ url: prometheus.url, interval: '1s' }))
  return {
    metrics,
    /** Resolves with [bad, total] by revision and replica, once both revisions have counters. */
    async counted(bad: string, total: string) {
      const wanted = wantedOf(bad, total)
      const { replicas } = await until('both revisions', async () => {
        const counters = await metrics.read(wanted)
        return counters.replicas.filter(({ queries }) => !queries).length >= 2 && counters
      })
      const rows = replicas.flatMap(({ revision, replica, queries }) =>
        queries ? [[`${revision} ${replica}`, queries['orders']]] : [],
      )
      return Object.fromEntries(rows) as Record<string, readonly [number, number]>
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

describe('a query metric', function () {
  this.timeout(60_000)
  before(async function () {
    const why = await noPrometheus()
    if (why !== null) leaveOut(this, why)
  })

  const orders = [
    ...alive('r1', 'a'),
    ...alive('r2', 'b'),
    series('orders_total', 'r1', 'a', 60, ',shelf="x"'),
    series('orders_total', 'r1', 'a', 40, ',shelf="y"'),
    series('orders_failed_total', 'r1', 'a', 4),
    series('orders_total', 'r2', 'b', 10),
    series('orders_failed_total', 'r2', 'b', 3),
    series('orders_total', 'r0', 'gone', 99),
  ]

  it('is counted by revision, and by replica if its series have that label', async () => {
    await using test = await opened(...orders)
    expect(await test.counted('orders_failed_total', 'orders_total')).to.deep.equal({
      'r1 query orders a': [4, 100],
      'r2 query orders b': [3, 10],
    })
    const of = (name: string) => `sum by (revision) (${name}{service="{service}",environment="{environment}"}) # all shelves`
    expect(await test.counted(of('orders_failed_total'), of('orders_total'))).to.deep.equal({
      'r1 query orders ': [4, 100],
      'r2 query orders ': [3, 10],
    })
  })

  it('is no data, and never zero, when one of its counters is missing or no number', async () => {
    await using test = await opened(
      ...alive('r1', 'a'),
      ...alive('r2', 'b'),
      series('orders_total', 'r1', 'a', 100),
      series('orders_total', 'r2', 'b', 10),
      series('orders_failed_total', 'r2', 'b', 'NaN'),
    )
    expect(await test.counted('orders_failed_total', 'orders_total')).to.deep.equal({})
    expect(await test.counted('orders_failed_total or orders_total * 0', 'orders_total')).to.deep.equal({
      'r1 query orders a': [0, 100],
    })
  })

  it('that Prometheus cannot parse makes the provider unavailable, and the error names it', async () => {
    await using test = await opened(...orders)
    const error = await test.metrics.read(wantedOf('sum(', 'orders_total')).catch((failure: unknown) => failure)
    expect(isProblem(error, 'metrics-unavailable') && error.message).to.match(/query 'orders': bad_data: .*parse error/)
  })

  it('does not count for a revision whose requests are unknown', async () => {
    const requests = alive('r1', 'a')
    await using test = await opened(...requests, series('orders_total', 'r1', 'a', 1), series('orders_total', 'r2', 'b', 10))
    const wanted = wantedOf('orders_total', 'orders_total')
    const { replicas } = await until('the known one', async () => {
      const counters = await test.metrics.read(wanted)
      return counters.replicas.length > 0 && counters
    })
    expect(replicas.map(({ revision }) => revision)).to.deep.equal(['r1', 'r1'])
  })
})
