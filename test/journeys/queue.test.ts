import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { ShopOptions } from '../stack/service.ts'
import { startService } from '../stack/service.ts'

const slow: ShopOptions = {
  rps: 20,
  strategy: {
    kind: 'canary',
    steps: [{ weight: 30 }],
    bake: { min: '1m', max: '4m' },
    progressDeadline: '10s',
    scaleDownDelay: '0s',
  },
  environment: { watch: '2s' },
}
const onBusy = (how: string): ShopOptions => ({ ...slow, environment: { ...slow.environment, onBusy: how } })

describe('two releases at once', function () {
  this.timeout(180_000)

  it('wait for each other, in order of creation', async () => {
    await using shop = await startService('b-wait', onBusy('wait'))
    const first = await shop.release('1.1.0')
    await first.phase('baking')
    const second = await shop.release('1.2.0')
    const waiting = await second.phase('queued')
    expect(waiting.waitsFor, 'it says for whom').to.contain(first.id)
    await first.ask('abort')
    expect(await first.end()).to.equal('aborted')
    await second.phase('baking')
    await second.ask('promote')
    expect(await second.end()).to.equal('succeeded')
  })

  it('supersede the older one, which is reverted first', async () => {
    await using shop = await startService('b-supersede', onBusy('supersede'))
    const first = await shop.release('1.1.0')
    await first.phase('baking')
    const second = await shop.release('1.2.0')
    expect(await first.end()).to.equal('superseded')
    await second.phase('baking')
    await second.ask('abort')
    expect(await second.end()).to.equal('aborted')
    expect(await shop.weights()).to.deep.equal({ '1.0.0': 100 })
  })

  it('are refused if the environment declares it, with a link to the release in flight', async () => {
    await using shop = await startService('b-refuse', onBusy('refuse'))
    const first = await shop.release('1.1.0')
    await first.phase('baking')
    const refused = await shop.release('1.2.0').catch((error: { code?: string }) => error.code)
    expect(refused).to.equal('already-in-flight')
    await first.ask('abort')
    await first.end()
  })

  it('do not wait for a watch that a hotfix ends', async () => {
    await using shop = await startService('b-hotfix', { ...slow, environment: { watch: '2m' } })
    const first = await shop.release('1.1.0')
    await first.phase('baking')
    await first.ask('promote')
    await first.phase('watching')
    const hotfix = await shop.release('1.1.1', {}, { now: true })
    expect(await first.end(30_000)).to.equal('succeeded')
    expect((await first.read()).reason?.code).to.equal('watch-cut-short')
    await hotfix.phase('baking')
    await hotfix.ask('abort')
    expect(await hotfix.end()).to.equal('aborted')
    expect(await shop.weights()).to.deep.equal({ '1.1.0': 100 })
  })

  it('do nothing for the version that is already stable', async () => {
    await using shop = await startService('b-same', slow)
    const again = await shop.release('1.0.0')
    expect(await again.end()).to.equal('succeeded')
    expect((await again.read()).reason?.code).to.equal('nothing-to-do')
  })

  it('never pass without traffic', async () => {
    await using shop = await startService('b-idle', {
      rps: 0,
      strategy: {
        kind: 'canary',
        steps: [{ weight: 30 }],
        bake: { min: '2s', max: '8s' },
        progressDeadline: '10s',
        scaleDownDelay: '0s',
      },
    })
    const release = await shop.release('1.1.0')
    const held = await release.phase('held')
    expect(held.weightPercent).to.equal(30)
    await release.ask('abort')
    expect(await release.end()).to.equal('aborted')
  })
})
