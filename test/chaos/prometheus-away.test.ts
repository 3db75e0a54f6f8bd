import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { prometheusMetrics } from '../../adapters/metrics/prometheus.ts'
import type { AnalysisSettings, Environment, MetricSettings, Service } from '../../domain/plan/service.ts'
import { leaveOut } from '../left-out.ts'
import type { TestPrometheus } from '../stack/prometheus.ts'
import { noPrometheus, startPrometheus } from '../stack/prometheus.ts'
import type { Rig } from '../stack/rig.ts'
import { quickService, startRig } from '../stack/rig.ts'
import { until } from '../stack/until.ts'
import type { Canary } from './canary.ts'
import { allOver, expectHome, oneStep, releaseCanary, startCanary, startStable } from './canary.ts'
import { expectOrderedEffects, expectWholeEvents } from './effects.ts'
import { ofKind } from '../stack/events.ts'

describe('a canary that Prometheus counts', function () {
  this.timeout(150_000)
  let rig: Rig
  let prometheus: TestPrometheus
  before(async function () {
    const why = await noPrometheus()
    if (why !== null) leaveOut(this, why)
    rig = await startRig()
    prometheus = await startPrometheus([(await rig.runtime.client.info()).metricsUrl])
  })
  after(async () => {
    await prometheus?.[Symbol.asyncDispose]()
    await rig?.[Symbol.asyncDispose]()
  })

  /** An environment whose counters come from the Prometheus that scrapes the runtime. */
  const counted = (analysis: Partial<AnalysisSettings> = {}): Partial<Environment> => {
    const config = prometheusMetrics.config.parse({ url: prometheus.url, interval: '1s', staleAfter: '5s' })
    const [quick] = quickService('any').environments
    if (!quick) throw new Error('a service has an environment')
    return { metrics: { kind: 'prometheus', config }, analysis: { ...quick.analysis, ...analysis } }
  }

  it('keeps its weight, blind and without a verdict, while Prometheus is away for 30 s, and is promoted once it is back', async () => {
    await using canary = await startCanary(rig, 'away-prometheus', { bakeMs: 15_000, environment: counted() })
    await until('looks', async () => (await looks(rig, canary)) >= 3)
    const { desired } = await rig.runtime.client.traffic(canary.ref)
    await prometheus.kill()
    const killedAtMs = Date.now()
    await until('it to be blind', async () => (await status(rig, canary)).standing === 'blind', 15_000)
    const looked = await looks(rig, canary)
    await until(
      '30 s',
      async () => {
        expect((await rig.runtime.client.traffic(canary.ref)).effective).to.deep.equal(desired)
        expect(await verdicts(rig, canary)).to.deep.equal([])
        const { standing, blindBecause } = await status(rig, canary)
        expect([standing, blindBecause?.includes(new URL(prometheus.url).host)]).to.deep.equal(['blind', true])
        return Date.now() - killedAtMs >= 30_000
      },
      60_000,
    )
    expect(await looks(rig, canary)).to.equal(looked)
    await prometheus.start()
    expect(await rig.outcome(canary.release)).to.equal('succeeded')
    expect(await verdicts(rig, canary)).to.deep.equal(['pass', 'over'])
    await allOver(rig, canary.service)
    await expectHome(rig, canary.service, '1.1.0')
    await expectOrderedEffects(rig, canary.service)
    await expectWholeEvents(rig, canary.release)
    expect((await canary.users()).failures).to.equal(0)
  })

  it('is reverted when it fails', async () => {
    const behaviour = { mode: 'errors', rate: 0.25 } as const
    await using canary = await startCanary(rig, 'bad-prometheus', { behaviour, environment: counted() })
    await expectBack(canary)
  })

  it('is reverted when only a query counts its failures', async () => {
    const count = (name: string) => `${name}{service="{service}",environment="{environment}"}`
    const [bad, total] = [count('holdfast_request_errors_total'), count('holdfast_requests_total')]
    const query: MetricSettings = { kind: 'query', name: 'failures', bad, total, share: 1, dryRun: false }
    const behaviour = { mode: 'errors', rate: 0.25 } as const
    const environment = counted({ metrics: [query], maxErrorRate: 0.99 })
    await using canary = await startCanary(rig, 'bad-query', { behaviour, environment })
    expect(await expectBack(canary)).to.match(/^query failures: .* of \d+ were bad; /)
  })

  it('is blind and not idle when Prometheus has no data of it, and is reverted after `maxBlind`', async () => {
    const service = 'unseen'
    await startStable(rig, service, 60_000)
    const { metrics, analysis } = counted({ idleAfterMs: 1_000, maxBlindMs: 5_000 })
    const elsewhere = { kind: 'prometheus', config: { ...metrics?.config, match: { service: 'nobody' } } }
    await redeclare(service, { metrics: elsewhere, ...(analysis ? { analysis } : {}) })
    await using canary = await releaseCanary(rig, service)
    await until('it to be blind', async () => {
      const { standing, blindBecause } = await status(rig, canary)
      return standing === 'blind' && blindBecause === 'no series of holdfast_requests_total{service="nobody"}'
    })
    expect(await rig.outcome(canary.release)).to.equal('rolled-back')
    expect([await verdicts(rig, canary), await looks(rig, canary)]).to.deep.equal([['blind'], 0])
    await allOver(rig, service)
  })

  it('is blind when its codes have another label than declared, names the labels that exist, and never passes by zero errors', async () => {
    const service = 'mislabelled'
    await startStable(rig, service, 60_000)
    const { metrics, analysis } = counted({ maxBlindMs: 5_000 })
    const counters = { requests: 'holdfast_responses_total', errors: '5xx', unit: 's' }
    const labels = { revision: 'revision', replica: 'replica', code: 'status' }
    const odd = { kind: 'prometheus', config: { ...metrics?.config, counters, labels } }
    await redeclare(service, { metrics: odd, ...(analysis ? { analysis } : {}) })
    await using canary = await releaseCanary(rig, service, { behaviour: { mode: 'errors', rate: 0.5 } })
    await until('it to be blind, and why', async () => {
      const { standing, blindBecause } = await status(rig, canary)
      return standing === 'blind' && blindBecause?.startsWith('no label status; there are code, environment, ')
    })
    expect(await rig.outcome(canary.release)).to.equal('rolled-back')
    expect([await verdicts(rig, canary), await looks(rig, canary)]).to.deep.equal([['blind'], 0])
    await allOver(rig, service)
  })

  it('does not pass when a query with a share never has data: it is inconclusive, and says so', async () => {
    const query: MetricSettings = {
      kind: 'query',
      name: 'orders',
      bad: 'orders_failed',
      total: 'orders',
      share: 0.5,
      dryRun: false,
    }
    const metrics: MetricSettings[] = [{ kind: 'errors', share: 0.5, dryRun: false }, query]
    // Longer than the requests' timeout, so that it would pass otherwise.
    const steps = [{ weight: 20, bake: { minMs: 1_000, maxMs: 25_000 }, gate: null }]
    const environment = { ...counted({ metrics, onInconclusive: 'rollback' }), strategy: { ...oneStep(1_000), steps } }
    await using canary = await startCanary(rig, 'silent-query', { environment })
    expect(await rig.outcome(canary.release)).to.equal('rolled-back')
    expect(await verdicts(rig, canary)).to.deep.equal(['inconclusive'])
    const event = ofKind(await rig.events(canary.release), 'verdict')[0]
    expect(event?.data['detail']).to.include('query orders has no data of the new version (no series of it with this revision)')
    await allOver(rig, canary.service)
  })

  async function redeclare(service: string, environment: Partial<Environment>): Promise<void> {
    const [row] = await rig.db.query<{ declaration: Service }>('select declaration from service where name = $1', [service])
    const environments = row?.declaration.environments.map((one) => ({ ...one, ...environment }))
    const declaration = JSON.stringify({ ...row?.declaration, environments })
    await rig.db.query('update service set declaration = $2 where name = $1', [service, declaration])
  }

  /** Resolves with the reason. */
  async function expectBack(canary: Canary): Promise<string> {
    expect(await rig.outcome(canary.release)).to.equal('rolled-back')
    expect(await verdicts(rig, canary)).to.deep.equal(['fail'])
    await allOver(rig, canary.service)
    await expectHome(rig, canary.service, '1.0.0')
    const event = ofKind(await rig.events(canary.release), 'verdict')[0]
    return String(event?.data['detail'])
  }
})

interface Status {
  readonly standing?: string
  readonly blindBecause?: string | null
}

async function status(rig: Rig, { rolloutId }: Canary): Promise<Status> {
  const [row] = await rig.db.query<{ status: Status | null }>('select status from analysis where workflow_id = $1', [rolloutId])
  return row?.status ?? {}
}

async function looks(rig: Rig, { rolloutId }: Canary): Promise<number> {
  const [row] = await rig.db.query<{ looks: string }>('select count(*) as looks from look where workflow_id = $1', [rolloutId])
  return Number(row?.looks)
}

const verdicts = async (rig: Rig, { rolloutId }: Canary): Promise<readonly string[]> =>
  (await rig.db.query<{ kind: string }>('select kind from verdict where workflow_id = $1 order by move', [rolloutId])).map(
    ({ kind }) => kind,
  )
