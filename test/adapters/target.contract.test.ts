import { expect } from 'chai'
import { describe, it } from 'mocha'
import { findProvider } from '../../adapters/provider.ts'
import { targetProviders } from '../../adapters/target/index.ts'
import { demoArtifact } from '../stack/demo-artifact.ts'
import { until } from '../stack/until.ts'
import { fencingToken, noSettings, outcomeOf, ref, removeWhole, runReady, standFor, withoutCluster } from './stand.ts'

describe('a target', function () {
  this.timeout(30_000)

  it('that does not exist is an error, never a default', () => {
    expect(() => findProvider(targetProviders, 'unwritten')).to.throw("there is no 'unwritten'")
  })

  for (const provider of withoutCluster('target', targetProviders)) {
    const opened = async () => {
      const stand = await standFor(provider.kind)
      return { stand, target: provider.create(stand.settings, stand.config.target) }
    }

    it(`${provider.kind}: runs as many replicas as requested, more and fewer later, and repeats change nothing`, async () => {
      const { stand, target } = await opened()
      await using _ = stand
      const spec = await stand.spec('1.0.0')
      for (const replicas of [2, 3, 1, 1]) {
        await runReady(target, spec, replicas, fencingToken(1, 1))
        // A repeat finds everything ready, and says so at once.
        const repeated = await target.run(ref, spec, replicas, fencingToken(1, 1))
        expect(repeated).to.include({ revision: 'r-1.0.0', wantedReplicas: replicas, readyReplicas: replicas })
        const [status] = await target.status(ref)
        expect(status).to.deep.equal(repeated)
        expect(status).to.include({ revision: 'r-1.0.0', version: '1.0.0', wantedReplicas: replicas, deadSinceMs: null })
      }
    })

    it(`${provider.kind}: removes a revision for good, and a removal of one that does not exist succeeds`, async () => {
      const { stand, target } = await opened()
      await using _ = stand
      await runReady(target, await stand.spec('1.0.0'), 1, fencingToken(1, 1))
      await removeWhole(target, 'r-1.0.0', fencingToken(1, 2))
      expect(await target.status(ref)).to.deep.equal([])
      await target.remove(ref, 'r-1.0.0', fencingToken(1, 2))
      await target.remove(ref, 'never-seen', fencingToken(1, 3))
    })

    it(`${provider.kind}: refuses a late run and a late removal`, async () => {
      const { stand, target } = await opened()
      await using _ = stand
      const spec = await stand.spec('1.0.0')
      await runReady(target, spec, 1, fencingToken(2, 3))
      for (const late of [fencingToken(2, 2), fencingToken(1, 9)]) {
        expect(await outcomeOf(target.run(ref, spec, 3, late))).to.equal('stale-token')
        expect(await outcomeOf(target.remove(ref, 'r-1.0.0', late))).to.equal('stale-token')
      }
      expect((await target.status(ref)).map(({ wantedReplicas }) => wantedReplicas)).to.deep.equal([1])
    })

    it(`${provider.kind}: says why a version does not become healthy`, async () => {
      const { stand, target } = await opened()
      await using _ = stand
      await target.run(ref, await stand.spec('1.0.0', { DEMO_MODE: 'never-ready' }), 1, fencingToken(1, 1))
      await until('the health answer', async () => (await target.status(ref))[0]?.detail.includes('503'))
      expect((await target.status(ref))[0]).to.include({ readyReplicas: 0, deadSinceMs: null })
    })

    it(`${provider.kind}: reports each unrequested exit by replica with its last output, and the time without a healthy replica`, async () => {
      const { stand, target } = await opened()
      await using _ = stand
      const spec = await stand.spec('1.0.0', { DEMO_MODE: 'crash', DEMO_AFTER_MS: '500' })
      await target.run(ref, spec, 1, fencingToken(1, 1))
      const seen = await until('two exits, and one outage that is over', async () => {
        const [status] = await target.status(ref)
        return status && status.exits.length >= 2 && status.outages.length > 0 && status
      })
      expect(seen.exitCount).to.equal(seen.exits.length)
      for (const { replica, code, signal } of seen.exits) expect([replica, code, signal]).to.deep.equal([0, 1, null])
      expect(seen.exits.at(-1)?.lines.join()).to.include('crash')
      expect(seen.startMs).to.be.greaterThan(0)
      for (const { fromMs, untilMs } of seen.outages) expect(untilMs).to.be.greaterThan(fromMs)
    })

    it(`${provider.kind}: counts no exit that it caused, and none of a version that was never ready`, async () => {
      const { stand, target } = await opened()
      await using _ = stand
      const spec = await stand.spec('1.0.0')
      await runReady(target, spec, 2, fencingToken(1, 1))
      await runReady(target, spec, 1, fencingToken(1, 2))
      await target.run(ref, await stand.spec('2.0.0', { DEMO_MODE: 'crash' }), 1, fencingToken(1, 2))
      // By now it has ended several times, so an exit that counted would show.
      await until('it to be given up', async () => (await target.status(ref))[1]?.cannotStart)
      for (const { exits, exitCount, outages } of await target.status(ref))
        expect({ exits, exitCount, outages }).to.deep.equal({ exits: [], exitCount: 0, outages: [] })
    })

    it(`${provider.kind}: smoke-tests a revision directly, at any weight`, async () => {
      const { stand, target } = await opened()
      await using _ = stand
      await stand.open()
      await runReady(target, await stand.spec('1.0.0'), 1, fencingToken(1, 1))
      const asked = await target.smoke(ref, 'r-1.0.0', { path: '/', status: 200, withinMs: 2_000 })
      expect(asked.ok, asked.detail).to.equal(true)
      const program = `fetch(process.env.SMOKE_URL, { headers: [process.env.SMOKE_HEADER.split(': ')] }).then((a) => process.exit(a.status === 200 ? 0 : 3))`
      const executed = await target.smoke(ref, 'r-1.0.0', { command: [process.execPath, '-e', program], withinMs: 5_000 })
      expect(executed.ok, executed.detail).to.equal(true)
      const absent = await target.smoke(ref, 'never-seen', { path: '/', status: 200, withinMs: 2_000 })
      expect(absent.ok).to.equal(false)
    })

    it(`${provider.kind}: shows by a digest that a secret changed, and refuses a secret that is not opened to the service`, async () => {
      const { stand, target } = await opened()
      await using _ = stand
      const spec = await stand.spec('1.0.0')
      expect(provider.secretsIn(spec.config)).to.deep.equal([])
      expect(
        provider.secretsIn({ ...spec.config, env: { A: { secret: 'token' }, B: { secret: 'token' }, C: 'x' } }),
      ).to.deep.equal(['token'])
      expect(await outcomeOf(target.secretDigests(ref, ['token']))).to.equal('secret-unavailable')
      stand.putSecret('token', 'first')
      const first = await target.secretDigests(ref, ['token'])
      expect(await target.secretDigests(ref, ['token'])).to.deep.equal(first)
      stand.putSecret('token', 'second')
      const second = await target.secretDigests(ref, ['token'])
      expect(second).to.not.deep.equal(first)
      expect(JSON.stringify([first, second])).to.not.match(/first|second/)
    })

    it(`${provider.kind}: stores an artifact by digest, and stores nothing of one that is only inspected`, async () => {
      const { stand } = await opened()
      await using _ = stand
      const store = provider.artifacts?.(stand.settings) ?? expect.fail('it has no store')
      const path = demoArtifact('3.0.0')
      const digest = await store.digest(path)
      expect(digest).to.match(/^sha256:[0-9a-f]{64}$/)
      expect((await store.inspect(path)).files).to.be.greaterThan(0)
      expect(await store.has(digest)).to.equal(false)
      expect(await store.keep(path)).to.equal(digest)
      expect(await store.has(digest)).to.equal(true)
      expect(await outcomeOf(store.keep('/no/such/folder'))).to.equal('invalid-input')
    })

    it(`${provider.kind}: returns what replicas printed, of all versions or of one`, async () => {
      const { stand, target } = await opened()
      await using _ = stand
      await runReady(target, await stand.spec('1.0.0'), 1, fencingToken(1, 1))
      const printed = await until('a line', async () => {
        const rows = await target.logs(ref, { lines: 10 })
        return rows.length > 0 && rows
      })
      expect(printed[0]).to.include({ version: '1.0.0' })
      expect(printed[0]?.atMs).to.be.greaterThan(0)
      expect(await target.logs(ref, { lines: 10, version: '9.9.9' })).to.deep.equal([])
    })

    it(`${provider.kind}: is unavailable when it cannot be reached, not empty`, async () => {
      const target = provider.create(noSettings, {})
      expect(await outcomeOf(target.status(ref))).to.equal('target-unavailable')
      expect(await outcomeOf(target.logs(ref, { lines: 1 }))).to.equal('target-unavailable')
      expect((await provider.settingAside?.(noSettings)()) ?? []).to.deep.equal([])
      expect(await outcomeOf((provider.artifacts?.(noSettings) ?? expect.fail('it has no store')).has('sha256:0'))).to.equal(
        'target-unavailable',
      )
    })
  }
})
