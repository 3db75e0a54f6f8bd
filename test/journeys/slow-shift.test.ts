import { expect } from 'chai'
import { describe, it } from 'mocha'
import { startService } from '../stack/service.ts'
import { until } from '../stack/until.ts'
import { ofKind } from '../stack/events.ts'

describe('a canary whose replicas for the next weight start slowly', function () {
  this.timeout(120_000)

  it('is reverted when its present replicas begin to fail, long before the progress deadline', async () => {
    await using shop = await startService('slow-shift', {
      strategy: {
        kind: 'canary',
        steps: [{ weight: 20 }, { weight: 60 }],
        bake: { min: '1m', max: '4m' },
        progressDeadline: '90s',
        scaleDownDelay: '0s',
      },
      target: { replicas: 2 },
      environment: { analysis: { warmUp: '0s', look: '500ms' } },
    })
    const release = await shop.release('1.1.0')
    await release.phase('baking')
    shop.switch.set({ version: '1.1.0', mode: 'slow-start', delayMs: 120_000 })
    await release.ask('promote')
    const waitsFor = 'replicas for its next weight to get ready'
    await until('a guarded change of weight', async () => (await release.read()).waitsFor === waitsFor)
    shop.switch.set({ version: '1.1.0', mode: 'errors', rate: 0.5 })
    const brokenAtMs = Date.now()
    const back = await release.phase('reverting')
    expect(Date.now() - brokenAtMs, 'ms until it is reverted').to.be.below(15_000)
    expect(back.reason?.code).to.equal('fail')
    expect(await release.end()).to.equal('rolled-back')
    expect(await shop.weights()).to.deep.equal({ '1.0.0': 100 })
    const events = await release.events()
    expect(ofKind(events, 'verdict').map(({ data }) => data.verdict)).to.deep.equal(['fail'])
    expect(ofKind(events, 'weight-shifted').map(({ data }) => data.weight)).to.deep.equal([20, 0])
  })
})
