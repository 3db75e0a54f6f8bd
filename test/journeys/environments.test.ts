import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { ShopOptions, ShopRelease } from '../stack/service.ts'
import { startService } from '../stack/service.ts'
import { until } from '../stack/until.ts'

const times = { progressDeadline: '5s', scaleDownDelay: '0s' }
const staging = { name: 'staging', strategy: { kind: 'blue-green', ...times }, watch: '1s' }
const production = {
  name: 'production',
  strategy: { kind: 'canary', steps: [{ weight: 50 }], bake: { min: '2m', max: '4m' }, ...times },
  watch: '1s',
}
const both: ShopOptions = { rps: 20, environments: [staging, production] }

const inPhase = (release: ShopRelease, environment: string, phase: string) =>
  until(
    `${release.id} ${phase} in ${environment}`,
    async () => {
      const seen = await release.read()
      return seen.environment === environment && seen.phase === phase && seen
    },
    60_000,
  )

/** The begins and ends of its rollouts, in order. */
const turnsOf = async (release: ShopRelease) =>
  (await release.events())
    .filter(({ kind }) => kind === 'turn-taken' || kind === 'rollout-ended')
    .map(({ kind, where }) => `${kind} ${where?.environment}`)

describe('a release through staging to production', function () {
  this.timeout(180_000)

  it('reaches production after the watch in staging, while the next one is already in staging and then waits', async () => {
    await using shop = await startService('v-both', both)
    const first = await shop.release('1.1.0')
    const baking = await inPhase(first, 'production', 'baking')
    expect(baking.reached, 'environments it has reached').to.deep.equal(['staging'])
    expect(await shop.weights('staging')).to.deep.equal({ '1.1.0': 100 })
    const second = await shop.release('1.2.0')
    const waiting = await inPhase(second, 'production', 'queued')
    expect(waiting.waitsFor).to.contain(first.id)
    expect(await shop.weights('staging')).to.deep.equal({ '1.2.0': 100 })
    await first.ask('promote')
    expect(await first.end(60_000)).to.equal('succeeded')
    await inPhase(second, 'production', 'baking')
    await second.ask('abort')
    expect(await second.end(60_000)).to.equal('aborted')
    expect(await shop.weights('production')).to.deep.equal({ '1.1.0': 100 })
    expect(await turnsOf(first)).to.deep.equal([
      'turn-taken staging',
      'rollout-ended staging',
      'turn-taken production',
      'rollout-ended production',
    ])
    expect((await shop.users()).failures, "users' requests that failed").to.equal(0)
  })

  it('ends at its `until`, and never reaches production when it fails before', async () => {
    await using shop = await startService('v-until', both)
    const only = await shop.release('1.1.0', {}, { until: 'staging' })
    expect(await only.end(60_000)).to.equal('succeeded')
    expect(await shop.weights('staging')).to.deep.equal({ '1.1.0': 100 })
    const bad = await shop.release('1.2.0', { mode: 'never-ready' })
    expect(await bad.end(60_000)).to.equal('rolled-back')
    expect(await turnsOf(bad)).to.deep.equal(['turn-taken staging', 'rollout-ended staging'])
    expect(await shop.weights('staging')).to.deep.equal({ '1.1.0': 100 })
    expect(await shop.weights('production')).to.deep.equal({ '1.0.0': 100 })
    expect((await shop.users()).failures, "users' requests that failed").to.equal(0)
  })

  it('is superseded in an environment where a newer one became stable meanwhile in another order', async () => {
    await using shop = await startService('v-late', { ...both, environments: [{ ...staging, watch: '5m' }, production] })
    const older = await shop.release('1.1.0')
    await inPhase(older, 'staging', 'watching')
    // A hotfix goes to production first, by the opposite declaration.
    await shop.declare({ ...production, after: [] }, { ...staging, after: ['production'] })
    const newer = await shop.release('1.2.0')
    await inPhase(newer, 'production', 'baking')
    await newer.ask('promote-fully')
    await inPhase(newer, 'staging', 'queued')
    expect(await shop.weights('production')).to.deep.equal({ '1.2.0': 100 })
    await older.ask('promote')
    expect(await older.end(60_000)).to.equal('superseded')
    expect((await older.read()).reached).to.deep.equal(['staging'])
    expect(await newer.end(60_000)).to.equal('succeeded')
    expect(await shop.weights('production')).to.deep.equal({ '1.2.0': 100 })
    expect(await shop.weights('staging')).to.deep.equal({ '1.2.0': 100 })
  })

  it('makes older ones give room, or end their watch, also in later environments', async () => {
    await using shop = await startService('v-room', {
      ...both,
      environments: [staging, { ...production, watch: '5m', onBusy: 'supersede' }],
    })
    const first = await shop.release('1.1.0')
    await inPhase(first, 'production', 'baking')
    const second = await shop.release('1.2.0')
    expect(await first.end(60_000)).to.equal('superseded')
    await inPhase(second, 'production', 'baking')
    await second.ask('promote')
    await inPhase(second, 'production', 'watching')
    const hotfix = await shop.release('1.2.1', {}, { now: true })
    expect(await second.end(60_000)).to.equal('succeeded')
    expect((await second.read()).reason?.code).to.equal('watch-cut-short')
    await inPhase(hotfix, 'production', 'baking')
    await hotfix.ask('abort')
    expect(await hotfix.end(60_000)).to.equal('aborted')
    expect(await shop.weights('production')).to.deep.equal({ '1.2.0': 100 })
  })
})
