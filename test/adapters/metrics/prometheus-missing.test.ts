import { expect } from 'chai'
import { describe, it } from 'mocha'
import { prometheusMetrics } from '../../../adapters/metrics/prometheus.ts'
import type { MetricSettings } from '../../../domain/plan/service.ts'
import type { QueryMetric } from '../../../domain/analysis/wanted.ts'
import { wantedOf } from '../../../domain/analysis/wanted.ts'
import { leaveOut } from '../../left-out.ts'
import { noPrometheus, startPrometheus } from '../../stack/prometheus.ts'
import { until } from '../../stack/until.ts'
import { noSettings } from '../stand.ts'
import { startExporter } from './exporter.ts'

const ref = { service: 'shop', environment: 'production' }
const objective = { errors: 0.01, slow: { overMs: 500, share: 0.05 } }
const canary = { revision: 'r2', version: '1.1.0' }

const errors: MetricSettings = { kind: 'errors', share: 1, dryRun: false }
const unauthorised: MetricSettings = { kind: 'status', match: '401', share: 0.5, dryRun: false }
const latency: MetricSettings = { kind: 'latency', edgesMs: [250, 500], share: 0.5, dryRun: false }
const orders: QueryMetric = {
  kind: 'query',
  name: 'orders',
  bad: 'orders_failed_total',
  total: 'orders_total',
  share: 0.5,
  dryRun: false,
}

const counters = { requests: 'http_requests_total' }
const labels = { version: 'version', replica: 'instance' }
const series = (labelled: string, count: number | string, name = 'http_requests_total') =>
  `${name}{app="shop",${labelled}} ${count}`
const good = series('version="1.1.0",replica="b",code="200"', 60)
const bucket = (le: string, count: number) => series(`version="1.1.0",le="${le}"`, count, 'http_seconds_bucket')

interface Case {
  readonly what: string
  readonly lines: readonly string[]
  readonly config?: object
  readonly metrics?: readonly MetricSettings[]
  /** Why there is no data of the canary; null when there is. */
  readonly why: string | null
}

const cases: readonly Case[] = [
  {
    what: 'a missing label for codes',
    lines: [series('version="1.1.0",status="200"', 60), series('version="1.1.0",status="500"', 60)],
    why: 'no label code; there are app, instance, job, status, version',
  },
  {
    what: 'a label that some series lack',
    lines: [good, series('version="1.1.0",status="500"', 60)],
    why: 'no label code; there are app, ',
  },
  {
    what: 'one of two replicas, for which the other does not count',
    lines: [series('version="1.1.0",replica="b",code="200"', 60), series('version="1.1.0",replica="c",code="well"', 60)],
    config: { labels: { ...labels, replica: 'replica' } },
    why: "label code of http_requests_total is 'well'",
  },
  {
    what: 'a missing label for replicas',
    lines: [good],
    config: { labels: { ...labels, replica: 'pod' } },
    why: 'no label pod; there are app, code, instance, job, replica, version',
  },
  {
    what: 'a missing label for versions',
    lines: [series('release="1.1.0",code="200"', 60)],
    why: 'no label version; there are app, code, instance, job, release',
  },
  {
    what: 'another version',
    lines: [good.replaceAll('1.1.0', 'v1.1.0')],
    why: "no series of http_requests_total with version '1.1.0'",
  },
  { what: 'no such metric', lines: [good.replace('http_', 'web_')], why: 'no series of http_requests_total{app="shop"}' },
  {
    what: 'an invalid code',
    lines: [good, series('version="1.1.0",code="Internal"', 60)],
    why: "label code of http_requests_total is 'internal', not a code such as 503 or a class such as 5xx",
  },
  {
    what: 'classes when a metric needs a code',
    lines: [series('version="1.1.0",code="2xx"', 60), series('version="1.1.0",code="4XX"', 60)],
    metrics: [{ ...errors, share: 0.5 }, unauthorised],
    why: 'label code of http_requests_total has only classes such as 4xx, so 401 cannot be counted',
  },
  {
    what: 'classes when all metrics need classes',
    lines: [series('version="1.1.0",code="2xx"', 60), series('version="1.1.0",code="5XX"', 6)],
    why: null,
  },
  {
    what: 'codes that no metric needs',
    lines: [series('version="1.1.0",code="Internal"', 60), series('version="1.1.0"', 6, 'http_failed_total')],
    config: { counters: { ...counters, errors: 'http_failed_total' } },
    why: null,
  },
  {
    what: 'a missing counter of errors',
    lines: [good],
    config: { counters: { ...counters, errors: 'http_failed_total' } },
    why: 'no series of http_failed_total',
  },
  {
    what: 'more errors than requests',
    lines: [good, series('version="1.1.0"', 61, 'http_failed_total')],
    config: { counters: { ...counters, errors: 'http_failed_total' } },
    why: 'more errors (61) than requests (60)',
  },
  {
    what: 'a count below zero',
    lines: [good, series('version="1.1.0",code="500"', -1)],
    why: "a value of 'answers' is -1, which is no count",
  },
  { what: 'no number', lines: [good, series('version="1.1.0",code="500"', 'NaN')], why: 'is NaN, which is no count' },
  {
    what: 'a missing histogram',
    lines: [good],
    config: { counters: { ...counters, histogram: 'http_seconds' } },
    metrics: [{ ...errors, share: 0.5 }, latency],
    why: 'no series of http_seconds_bucket',
  },
  {
    what: 'a histogram without the edge',
    lines: [good, bucket('0.1', 50), bucket('0.5', 59), bucket('+Inf', 60)],
    config: { counters: { ...counters, histogram: 'http_seconds' } },
    metrics: [{ ...errors, share: 0.5 }, latency],
    why: 'http_seconds_bucket has no bound of 250 ms; there are 100, 500 ms',
  },
  {
    what: 'a histogram without an edge that no metric needs',
    lines: [good, bucket('0.1', 50), bucket('0.5', 59), bucket('+Inf', 60)],
    config: { counters: { ...counters, histogram: 'http_seconds' } },
    metrics: [errors, { ...latency, dryRun: true }],
    why: null,
  },
]

const failed = (labelled: string, count: number | string) => series(labelled, count, 'orders_failed_total')
const total = (labelled: string, count: number | string) => series(labelled, count, 'orders_total')
const queries: readonly (readonly [what: string, lines: readonly string[], why: string | null])[] = [
  ['has both counters', [failed('version="1.1.0"', 0), total('version="1.1.0"', 0)], null],
  ['has no series', [], 'no series of it with this version'],
  ['has no bad ones', [total('version="1.1.0"', 9)], 'no series of `bad`'],
  [
    'has no label for versions',
    [failed('shop="x"', 1), total('shop="x"', 9)],
    'no label version; there are app, instance, job, shop',
  ],
  ['has no number', [failed('version="1.1.0"', 'NaN'), total('version="1.1.0"', 9)], 'NaN is no count'],
  ['has more bad ones than all', [failed('version="1.1.0"', 10), total('version="1.1.0"', 9)], 'more bad (10) than in total (9)'],
]
/** The label `app` distinguishes the cases, so one scrape of one Prometheus is enough. */
const appOf = (at: number): string => `shop-${at}`
const exposed = [...cases.map(({ lines }) => lines), ...queries.map(([, lines]) => [good, ...lines])]

async function opened() {
  const resources = new AsyncDisposableStack()
  const lines = exposed.flatMap((own, at) => own.map((line) => line.replace('app="shop"', `app="${appOf(at)}"`)))
  const exporter = resources.use(await startExporter(...lines))
  const prometheus = resources.use(await startPrometheus([`${exporter.url}/metrics`]))
  await until('a scrape', async () => (await scraped(prometheus.url)) > 0)
  return {
    read(at: number, asked: readonly MetricSettings[], config: object = {}) {
      const declared = { url: prometheus.url, interval: '1s', match: { app: appOf(at) }, labels, counters, ...config }
      const metrics = prometheusMetrics.create(noSettings, prometheusMetrics.config.parse(declared))
      return metrics.read(wantedOf(ref, [canary], { metrics: asked }, objective))
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

/** The number of scrapes that Prometheus has stored. */
async function scraped(url: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent('scrape_samples_scraped > 0')}`)
  return ((await answer.json()) as { data: { result: unknown[] } }).data.result.length
}

describe('an answer of Prometheus in an unknown form', function () {
  this.timeout(60_000)
  before(async function () {
    const why = await noPrometheus()
    if (why !== null) leaveOut(this, why)
  })

  let test: Awaited<ReturnType<typeof opened>>
  before(async () => {
    test = await opened()
  })
  after(() => test?.[Symbol.asyncDispose]())

  cases.forEach(({ what, config, metrics = [errors], why }, at) => {
    it(`(${what}) is ${why === null ? 'harmless' : 'no data and never zero, and the reason is shown'}`, async () => {
      const { replicas, missing = [] } = await test.read(at, metrics, config)
      expect(replicas.length).to.equal(why === null ? 1 : 0)
      expect(missing.map((one) => one.revision)).to.deep.equal(why === null ? [] : ['r2'])
      expect(missing[0]?.why ?? '').to.include(why?.replace('app="shop"', `app="${appOf(at)}"`) ?? '')
    })
  })

  queries.forEach(([what, , why], i) => {
    it(`(a query that ${what}) is ${why === null ? 'counted' : 'no data and never zero, and the reason is shown'}`, async () => {
      const at = cases.length + i
      const own = (name: string) => `${name}{app="${appOf(at)}"} # its own`
      const query = { ...orders, bad: own('orders_failed_total'), total: own('orders_total') }
      const { replicas, missing = [] } = await test.read(at, [{ ...errors, share: 0.5 }, query])
      expect(replicas.filter((one) => one.queries).length).to.equal(why === null ? 1 : 0)
      expect(missing).to.deep.equal(why === null ? [] : [{ revision: 'r2', query: 'orders', why }])
    })
  })
})
