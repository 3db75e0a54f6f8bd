import { expect } from 'chai'
import { describe, it } from 'mocha'
import { startService } from '../stack/service.ts'
import { ofKind } from '../stack/events.ts'

const times = { progressDeadline: '10s', scaleDownDelay: '0s' }

describe('strategies other than canary', function () {
  this.timeout(180_000)

  it('blue-green switches all traffic at once, behind its gate, without a failed request', async () => {
    await using shop = await startService('s-blue', { rps: 40, strategy: { kind: 'blue-green', gate: 'manual', ...times } })
    const release = await shop.release('1.1.0')
    const gated = await release.phase('gated')
    expect(gated.weightPercent).to.equal(0)
    await release.ask('promote')
    expect(await release.end()).to.equal('succeeded')
    expect((await shop.users()).failures).to.equal(0)
    const weights = ofKind(await release.events(), 'weight-shifted').map(({ data }) => data.weight)
    expect(weights).to.deep.equal([100])
  })

  it('blue-green is reverted by its guardrail when the new version breaks after the switch', async () => {
    await using shop = await startService('s-green', {
      rps: 60,
      strategy: { kind: 'blue-green', ...times },
      environment: { watch: '40s' },
    })
    const release = await shop.release('1.1.0', { mode: 'errors', rate: 0.5, afterMs: 3_000 })
    expect(await release.end()).to.equal('rolled-back')
    expect(await shop.weights()).to.deep.equal({ '1.0.0': 100 })
  })

  it('rolling moves replica by replica, without a failed request', async () => {
    const target = { kind: 'local', command: [process.execPath, 'server.mjs'], replicas: 3, drain: '2s', grace: '1s' }
    await using shop = await startService('s-rolling', {
      rps: 40,
      strategy: { kind: 'rolling', availability: 2, ...times },
      environment: { target },
    })
    const release = await shop.release('1.1.0')
    expect(await release.end()).to.equal('succeeded')
    const weights = ofKind(await release.events(), 'weight-shifted').map(({ data }) => data.weight)
    expect(weights).to.deep.equal([33, 66, 100])
    expect((await shop.users()).failures).to.equal(0)
  })

  it('a rollback brings the previous version back, after the release in flight is reverted', async () => {
    await using shop = await startService('s-rollback', { rps: 40 })
    const good = await shop.release('1.1.0')
    await good.phase('baking')
    await good.ask('promote')
    expect(await good.end()).to.equal('succeeded')
    const flying = await shop.release('1.2.0')
    await flying.phase('baking')
    const rollback = await shop.rollback()
    expect(await flying.end()).to.equal('aborted')
    expect(await rollback.end()).to.equal('succeeded')
    expect(await shop.weights()).to.deep.equal({ '1.0.0': 100 })
    expect((await shop.users()).failures).to.equal(0)
  })
})
