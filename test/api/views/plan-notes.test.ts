import { expect } from 'chai'
import { describe, it } from 'mocha'
import { prometheusMetrics } from '../../../adapters/metrics/prometheus.ts'
import { planNotes } from '../../../api/views/plan-notes.ts'
import type { Dispersion } from '../../../domain/analysis/dispersion.ts'
import type { MetricSettings } from '../../../domain/plan/service.ts'
import { startExporter } from '../../adapters/metrics/exporter.ts'
import { noSettings } from '../../adapters/stand.ts'
import { planOf, stable } from '../../domain/rollout/rollout-machine.ts'
import { leaveOut } from '../../left-out.ts'
import { noPrometheus, startPrometheus } from '../../stack/prometheus.ts'
import { until } from '../../stack/until.ts'

const half: MetricSettings = { kind: 'errors', share: 0.5, dryRun: false }
const orders: MetricSettings = { kind: 'query', name: 'orders', bad: 'orders_failed', total: 'orders', share: 0.5, dryRun: false }
const metrics = (more: object) => prometheusMetrics.config.parse({ interval: '1s', match: { app: '{service}' }, ...more })

/** The notes of a plan for a release beside 1.0.0, with the metrics provider of `config`. */
function notes(
  config: Readonly<Record<string, unknown>>,
  declared: readonly MetricSettings[],
  dispersion: Dispersion | null = null,
  isSticky = false,
) {
  const plan = planOf({ metrics: { kind: 'prometheus', config } })
  const dependencies = { metrics: () => prometheusMetrics.create(noSettings, config) }
  return planNotes(dependencies, { ...plan, analysis: { ...plan.analysis, metrics: declared } }, stable, dispersion, isSticky)
}

describe('the notes of a plan', function () {
  this.timeout(60_000)

  it('name what Prometheus does not know of the serving version: a label that is missing, a query without data', async function () {
    const why = await noPrometheus()
    if (why !== null) leaveOut(this, why)
    await using exporter = await startExporter('http_requests_total{app="shop",version="1.0.0",status="200"} 7')
    await using prometheus = await startPrometheus([`${exporter.url}/metrics`])
    const labels = { version: 'version', replica: 'instance' }
    const coded = metrics({
      url: prometheus.url,
      labels: { ...labels, code: 'status' },
      counters: { requests: 'http_requests_total' },
    })
    const said = await until('a scrape', async () => {
      const [first] = await notes(coded, [half, orders])
      return first?.startsWith('query') && first
    })
    expect(said).to.equal(
      'query orders has no data of 1.0.0 (no series of it with this version): it has a share, so nothing passes without it',
    )
    expect(
      await notes(coded, [
        { ...half, share: 1 },
        { ...orders, dryRun: true },
      ]),
    ).to.deep.equal(['query orders has no data of 1.0.0 (no series of it with this version)'])
    expect((await notes(coded, [{ ...half, share: 1 }], null, true)).join()).to.match(
      /^alpha is not held, .* does not count clients/,
    )
    const uncoded = metrics({ url: prometheus.url, labels, counters: { requests: 'http_requests_total' } })
    expect(await notes(uncoded, [{ ...half, share: 1 }])).to.deep.equal([
      'the metrics provider has no counters of 1.0.0 (no label code; there are app, instance, job, status, version): a new version without counters is held, and then reverted',
    ])
  })

  it('say that the provider does not answer, and that alpha does not hold when the cap limits the dispersion', async () => {
    const cut: Dispersion = { errors: { phi: 10, measured: 24, pairs: 60, basis: 'one-replica' } }
    const [alpha, provider, ...others] = await notes(metrics({ url: 'http://127.0.0.1:1' }), [{ ...half, share: 1 }], cut)
    expect(alpha).to.match(
      /^alpha is not held, .* analysis\.maxDispersion \(errors: clusters of about 24, where 10 are allowed for\)$/,
    )
    expect([provider?.startsWith('the metrics provider does not answer now: '), others]).to.deep.equal([true, []])
  })
})
