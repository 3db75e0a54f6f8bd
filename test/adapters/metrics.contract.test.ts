import { expect } from 'chai'
import { describe, it } from 'mocha'
import { metricsProviders } from '../../adapters/metrics/index.ts'
import type { Metrics } from '../../adapters/metrics/metrics.ts'
import { findProvider } from '../../adapters/provider.ts'
import { trafficProviders } from '../../adapters/traffic/index.ts'
import { beginAnalysis, mark } from '../../domain/analysis/analysis.ts'
import { countsClients } from '../../domain/analysis/count.ts'
import { evidenceOf } from '../../domain/analysis/evidence.ts'
import { look } from '../../domain/analysis/look.ts'
import type { Counters } from '../../domain/analysis/counters.ts'
import type { Wanted } from '../../domain/analysis/wanted.ts'
import { plan } from '../domain/analysis/scene.ts'
import { until } from '../stack/until.ts'
import {
  anyTarget,
  fencingToken,
  noSettings,
  nowhere,
  outcomeOf,
  ref,
  requestsOf,
  runReady,
  standFor,
  withoutCluster,
} from './stand.ts'

const wanted: Wanted = {
  ref,
  versions: { 'r-1.0.0': '1.0.0', 'r-1.1.0': '1.1.0' },
  edgesMs: [100, 500],
  queries: [],
  needed: { matches: [], edgesMs: [] },
}

const sum = ({ replicas }: Counters, revision: string, of: 'requests' | 'errors') =>
  replicas.filter((replica) => replica.revision === revision).reduce((total, replica) => total + replica[of], 0)

describe('a metrics provider', function () {
  this.timeout(30_000)

  it('that does not exist is an error, never a default', () => {
    expect(() => findProvider(metricsProviders, 'unwritten')).to.throw("there is no 'unwritten'")
  })

  for (const provider of withoutCluster('metrics', metricsProviders)) {
    /** Two versions at half the traffic each, the second one broken; `send` awaits the answers. */
    async function opened() {
      const stand = await standFor(provider.kind)
      const [router] = trafficProviders
      if (!router) throw new Error('there is no router')
      const traffic = router.create(stand.settings, stand.config.traffic)
      const { url } = await traffic.open(ref, fencingToken(1, 1))
      const target = anyTarget(stand)
      await runReady(target, await stand.spec('1.0.0'), 2, fencingToken(1, 1))
      await runReady(target, await stand.spec('1.1.0', { DEMO_MODE: 'errors', DEMO_RATE: '1' }), 1, fencingToken(1, 2))
      await traffic.setWeights(ref, { 'r-1.0.0': 50, 'r-1.1.0': 50 }, fencingToken(1, 3))
      const metrics = provider.create(stand.settings, stand.config.metrics)
      await until('every replica to be seen', async () => (await metrics.read(wanted)).replicas.length === 3)
      const send = async (count: number) => {
        const answers = await requestsOf(url, count)
        expect(answers.filter(({ headers }) => headers.has('x-version')).length, 'answers of a version').to.equal(count)
      }
      return { stand, send, metrics }
    }
    const counted = async (metrics: Metrics, count: number) => {
      let seen: Counters | undefined
      const total = (counters: Counters) => sum(counters, 'r-1.0.0', 'requests') + sum(counters, 'r-1.1.0', 'requests')
      const look = async () => total((seen = await metrics.read(wanted))) === count
      await until(`${count} requests counted`, look, 10_000).catch((error: unknown) => {
        throw new Error(`counted ${JSON.stringify(seen)}, not ${count}`, { cause: error })
      })
      return seen ?? { atMs: 0, replicas: [] }
    }

    it(`${provider.kind}: counts every request and error once, by revision and replica`, async () => {
      const { stand, send, metrics } = await opened()
      await using _ = stand
      await send(60)
      const counters = await counted(metrics, 60)
      expect(sum(counters, 'r-1.0.0', 'errors')).to.equal(0)
      expect(sum(counters, 'r-1.1.0', 'errors')).to.equal(sum(counters, 'r-1.1.0', 'requests'))
      expect(counters.replicas.filter(({ revision }) => revision === 'r-1.0.0').length).to.equal(2)
      for (const { requests, statuses, edges } of counters.replicas) {
        expect(Object.values(statuses).reduce((total, count) => total + count, 0)).to.equal(requests)
        expect(edges.map(({ edgeMs }) => edgeMs)).to.deep.equal([100, 500])
        for (const { entered, slow } of edges) expect([entered, slow <= entered]).to.deep.equal([requests, true])
      }
    })

    it(`${provider.kind}: counts the requests that a version missed without a healthy replica, as its requests, its errors and in its split`, async () => {
      await using stand = await standFor(provider.kind)
      const [router] = trafficProviders
      if (!router) throw new Error('there is no router')
      const traffic = router.create(stand.settings, stand.config.traffic)
      const { url } = await traffic.open(ref, fencingToken(1, 1))
      const target = anyTarget(stand)
      await runReady(target, await stand.spec('1.0.0'), 1, fencingToken(1, 1))
      await target.run(ref, await stand.spec('1.1.0', { DEMO_MODE: 'never-ready' }), 1, fencingToken(1, 2))
      await traffic.setWeights(ref, { 'r-1.0.0': 50, 'r-1.1.0': 50 }, fencingToken(1, 3))
      const metrics = provider.create(stand.settings, stand.config.metrics)
      await until('the stable version to be seen', async () => (await metrics.read(wanted)).replicas.length > 0)
      const answers = await requestsOf(url, 80)
      expect(answers.filter(({ status }) => status !== 200)).to.deep.equal([])
      const counters = await counted(metrics, 80)
      const missed = counters.replicas.filter(({ revision }) => revision === 'r-1.1.0')
      expect(sum(counters, 'r-1.1.0', 'errors'))
        .to.equal(sum(counters, 'r-1.1.0', 'requests'))
        .and.to.be.within(20, 60)
      for (const { requests, edges } of missed)
        expect(edges.map(({ entered, slow }) => [entered, slow])).to.deep.equal([
          [requests, 0],
          [requests, 0],
        ])
    })

    it(`${provider.kind}: counts sticky clients one by one, or says that it does not`, async () => {
      await using stand = await standFor(provider.kind)
      const [router] = trafficProviders
      if (!router) throw new Error('there is no router')
      const traffic = router.create(stand.settings, { ...stand.config.traffic, sticky: 'cookie' })
      const { url } = await traffic.open(ref, fencingToken(1, 1))
      await runReady(anyTarget(stand), await stand.spec('1.1.0', { DEMO_MODE: 'errors', DEMO_RATE: '1' }), 1, fencingToken(1, 1))
      await traffic.setWeights(ref, { 'r-1.1.0': 100 }, fencingToken(1, 2))
      const metrics = provider.create(stand.settings, stand.config.metrics)
      const first = await fetch(url)
      const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? ''
      for (let n = 0; n < 9; n += 1) await fetch(url, { headers: { cookie } })
      const counters = await counted(metrics, 10)
      expect(sum(counters, 'r-1.1.0', 'errors')).to.equal(10)
      expect(countsClients(counters)).to.equal(provider.kind === 'scrape')
      // First draws test the split. There are none outside a release, and a provider that does not count them has no test of the
      // split.
      expect(counters.replicas.map(({ firstDraws }) => firstDraws)).to.deep.equal([provider.kind === 'scrape' ? 0 : undefined])
      const sticky = { ...plan, canary: 'r-1.1.0', stable: null, sticky: true }
      const { state } = look(sticky, mark(beginAnalysis(sticky, {}), 0, 100), counters)
      const { cautions } = evidenceOf(sticky, state)
      if (provider.kind === 'scrape') {
        const errors = counters.replicas.flatMap(({ clients }) => clients?.kinds['errors'] ?? [])
        expect(errors.map(({ bad, requests, failing }) => [bad, requests, failing])).to.deep.equal([[1, 1, 1]])
        expect(counters.replicas.map(({ clients }) => clients?.active)).to.deep.equal([1])
        expect(cautions).to.deep.equal([])
      } else expect(cautions.join()).to.include('does not count clients')
    })

    it(`${provider.kind}: never counts backwards, and has the time of the counters`, async () => {
      const { stand, send, metrics } = await opened()
      await using _ = stand
      await send(10)
      const before = await counted(metrics, 10)
      await send(10)
      const after = await counted(metrics, 20)
      expect(after.atMs).to.be.greaterThan(before.atMs)
      for (const { replica, requests } of before.replicas)
        expect(after.replicas.find((other) => other.replica === replica)?.requests).to.be.at.least(requests)
    })

    it(`${provider.kind}: knows a revision's history by replica, in whole blocks`, async () => {
      const { stand, send, metrics } = await opened()
      await using _ = stand
      const sinceMs = Date.now()
      await send(40)
      const seen = sum(await counted(metrics, 40), 'r-1.1.0', 'errors')
      const history = await until('the block to be whole', async () => {
        const found = await metrics.history(wanted, 'r-1.1.0', sinceMs - 1_000)
        const errors = found.flatMap(({ blocks }) => blocks).reduce((total, block) => total + block.errors, 0)
        return errors === seen && found
      })
      expect(history.length).to.equal(1)
      expect(history[0]?.blockMs).to.equal(1_000)
    })

    it(`${provider.kind}: has no counters of an environment where nothing runs, and that is no error`, async () => {
      await using stand = await standFor(provider.kind)
      expect((await provider.create(stand.settings, stand.config.metrics).read(wanted)).replicas).to.deep.equal([])
    })

    it(`${provider.kind}: is unavailable when it does not answer, never healthy`, async () => {
      const metrics = provider.create(noSettings, provider.config.parse(nowhere[provider.kind] ?? {}))
      expect(await outcomeOf(metrics.read(wanted))).to.equal('metrics-unavailable')
      expect(await outcomeOf(metrics.history(wanted, 'r-1.0.0', 0))).to.equal('metrics-unavailable')
    })
  }
})
