import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Provider } from '../../adapters/provider.ts'
import { findProvider, holder } from '../../adapters/provider.ts'
import { trafficProviders } from '../../adapters/traffic/index.ts'
import type { Traffic } from '../../adapters/traffic/traffic.ts'
import { until } from '../stack/until.ts'
import { owesTraffic } from './traffic-contract.ts'
import type { RouterStand } from './traffic-contract.ts'
import {
  anyTarget,
  fencingToken,
  noSettings,
  outcomeOf,
  ref,
  removeWhole,
  requestsOf,
  runReady,
  standFor,
  withoutCluster,
} from './stand.ts'

describe('a router', function () {
  this.timeout(30_000)

  it('that does not exist is an error, never a default', () => {
    expect(() => findProvider(trafficProviders, 'unwritten')).to.throw("there is no 'unwritten'")
  })

  for (const provider of withoutCluster('traffic', trafficProviders)) {
    owesTraffic(provider.kind, () => localStand(provider))

    async function opened() {
      const stand = await standFor(provider.kind)
      const traffic = provider.create(stand.settings, stand.config.traffic)
      await traffic.open(ref, fencingToken(1, 1))
      const target = anyTarget(stand)
      for (const version of ['1.0.0', '1.1.0']) await runReady(target, await stand.spec(version), 1, fencingToken(1, 1))
      return { stand, traffic, target }
    }

    it(`${provider.kind}: is reachable at one address, before anything runs and after it is opened again`, async () => {
      await using stand = await standFor(provider.kind)
      const traffic = provider.create(stand.settings, stand.config.traffic)
      const first = await traffic.open(ref, fencingToken(1, 1))
      expect((await fetch(first.url)).status).to.equal(503)
      expect(await traffic.open(ref, fencingToken(1, 1))).to.deep.equal(first)
      expect(first).to.deep.include({ desired: {}, generation: 0 })
    })

    it(`${provider.kind}: names what only one environment can have, such as a port, and nothing while it cannot be reached`, async () => {
      await using stand = await standFor(provider.kind)
      await provider.create(stand.settings, stand.config.traffic).open(ref, fencingToken(1, 1))
      const claims = provider.claims?.(stand.config.traffic)
      const held = Object.entries(await holder([provider], stand.settings)())
      // A provider may also name what it reserves for environments that declare nothing.
      expect(held.filter(([of]) => of.includes('/'))).to.deep.equal(claims ? [['shop/production', [claims]]] : [])
      expect(await holder([provider], noSettings)()).to.deep.equal({})
    })

    it(`${provider.kind}: routes the next request by the new weights, and reports the weights in effect`, async () => {
      const { stand, traffic } = await opened()
      await using _ = stand
      const { url } = await traffic.read(ref)
      for (const [generation, revision] of [['r-1.0.0'], ['r-1.1.0'], ['r-1.0.0']].map(([to = ''], at) => [at, to] as const)) {
        const answered = await traffic.setWeights(ref, { [revision]: 100 }, fencingToken(1, 2 + generation))
        expect(answered).to.deep.include({ desired: { [revision]: 100 }, generation: generation + 1, url })
        await until('them to be in effect', async () => (await traffic.read(ref)).effective[revision] === 100)
        expect((await fetch(url)).headers.get('x-version')).to.equal(revision.slice(2))
        const state = await traffic.read(ref)
        expect(state.desired).to.deep.equal({ [revision]: 100 })
        expect(state.effective[revision]).to.equal(100)
      }
    })

    it(`${provider.kind}: gives the share of a version without a healthy replica to the others, and says so`, async () => {
      const { stand, traffic, target } = await opened()
      await using _ = stand
      await target.run(ref, await stand.spec('2.0.0', { DEMO_MODE: 'never-ready' }), 1, fencingToken(1, 2))
      await traffic.setWeights(ref, { 'r-1.0.0': 40, 'r-2.0.0': 60 }, fencingToken(1, 3))
      const { desired, effective, url } = await traffic.read(ref)
      expect(desired).to.deep.equal({ 'r-1.0.0': 40, 'r-2.0.0': 60 })
      expect(effective).to.include({ 'r-1.0.0': 100, 'r-2.0.0': 0 })
      const answers = await requestsOf(url, 20)
      expect(answers.map(({ status }) => status)).to.deep.equal(Array.from({ length: 20 }, () => 200))
    })

    it(`${provider.kind}: counts each request that a version missed without a healthy replica as its error, once, whichever version answers`, async () => {
      const { stand, traffic, target } = await opened()
      await using _ = stand
      const metrics = stand.counters()
      await target.run(ref, await stand.spec('2.0.0', { DEMO_MODE: 'never-ready' }), 1, fencingToken(1, 2))
      await traffic.setWeights(ref, { 'r-1.0.0': 40, 'r-2.0.0': 60 }, fencingToken(1, 3))
      const { url } = await traffic.read(ref)
      const answers = await requestsOf(url, 100)
      expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]))
      const versions = { 'r-1.0.0': '1.0.0', 'r-2.0.0': '2.0.0' }
      const counts = await until('all to be counted', async () => {
        const { replicas } = await metrics.read({
          ref,
          versions,
          edgesMs: [100, 500],
          queries: [],
          needed: { matches: [], edgesMs: [] },
        })
        const of = (revision: string, what: 'requests' | 'errors') =>
          replicas.reduce((sum, one) => sum + (one.revision === revision ? one[what] : 0), 0)
        const [good, down] = ['r-1.0.0', 'r-2.0.0'].map((one) => [of(one, 'requests'), of(one, 'errors')] as const)
        return good && down && good[0] + down[0] >= 100 && { good, down }
      })
      expect(counts.good[0] + counts.down[0]).to.equal(100)
      expect(counts.down[1]).to.equal(counts.down[0])
      expect(counts.good[1]).to.equal(0)
      expect(counts.down[0], 'as drawn').to.be.within(35, 85)
    })

    it(`${provider.kind}: closes an environment where nothing runs: users cannot reach it, its port is free, and a late change does not open it again`, async () => {
      const { stand, traffic, target } = await opened()
      await using _ = stand
      const elsewhere = { ...ref, environment: 'staging' }
      const { url } = await traffic.read(ref)
      await traffic.setWeights(ref, { 'r-1.0.0': 100 }, fencingToken(1, 2))
      expect(await outcomeOf(traffic.close(ref, fencingToken(2, 1))), 'while something runs').to.equal('wrong-phase')
      expect((await fetch(url)).status).to.equal(200)
      await traffic.setWeights(ref, {}, fencingToken(3, 1))
      for (const revision of ['r-1.0.0', 'r-1.1.0']) await removeWhole(target, revision, fencingToken(3, 2))
      expect(await outcomeOf(traffic.close(ref, fencingToken(3, 1))), 'by the late').to.equal('stale-token')
      for (const time of ['first', 'again'])
        expect(await outcomeOf(traffic.close(ref, fencingToken(3, 3))), time).to.equal('accepted')
      expect(await outcomeOf(fetch(url)), 'nobody listens').to.not.equal('accepted')
      expect(await outcomeOf(traffic.open(ref, fencingToken(3, 2))), 'the late').to.equal('stale-token')
      expect((await traffic.open(elsewhere, fencingToken(1, 1))).url, 'what it held is free').to.equal(url)
      expect((await fetch(url)).status).to.equal(503)
      expect(await outcomeOf(traffic.close({ ...ref, environment: 'never-opened' }, fencingToken(1, 1)))).to.equal('accepted')
    })

    it(`${provider.kind}: is unavailable when it cannot be reached`, async () => {
      const traffic = provider.create(noSettings, {})
      expect(await outcomeOf(traffic.read(ref))).to.equal('target-unavailable')
    })
  }
})

async function localStand(provider: Provider<Traffic>): Promise<RouterStand> {
  const stand = await standFor(provider.kind)
  const target = anyTarget(stand)
  for (const version of ['1.0.0', '1.1.0']) await runReady(target, await stand.spec(version), 1, fencingToken(1, 1))
  return {
    traffic: provider.create(stand.settings, stand.config.traffic),
    revisions: ['r-1.0.0', 'r-1.1.0'],
    settle: async () => {},
    async removeRevisions(token) {
      await removeWhole(target, 'r-1.0.0', fencingToken(token, 2))
      await removeWhole(target, 'r-1.1.0', fencingToken(token, 3))
    },
    [Symbol.asyncDispose]: () => stand[Symbol.asyncDispose](),
  }
}
