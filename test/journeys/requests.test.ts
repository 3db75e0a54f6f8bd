import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Shop, ShopRelease } from '../stack/service.ts'
import { startService } from '../stack/service.ts'

/** Two steps that take long enough to be asked something in each. */
const patient = {
  kind: 'canary',
  steps: [{ weight: 20 }, { weight: 60, gate: 'manual' }],
  bake: { min: '1m', max: '4m' },
  progressDeadline: '10s',
  scaleDownDelay: '0s',
}

const environment = { watch: '1m' }

/** A release in its first bake. */
async function baking(name: string): Promise<{ shop: Shop; release: ShopRelease }> {
  const shop = await startService(name, { rps: 20, strategy: patient, environment: { watch: '3s' } })
  const release = await shop.release('1.1.0')
  await release.phase('baking')
  return { shop, release }
}

const refusal = (asking: Promise<unknown>) =>
  asking.then(
    () => 'accepted',
    (error: { code?: string }) => error.code,
  )

describe('requests to a release', function () {
  this.timeout(180_000)

  it('pauses it where it is, resumes it, and refuses what is illegal with what is legal', async () => {
    const { shop, release } = await baking('q-pause')
    await using _ = shop
    await release.ask('pause', { reason: 'let me look' })
    const paused = await release.phase('paused')
    expect(paused.weightPercent).to.equal(20)
    expect(await refusal(release.ask('pause'))).to.equal('wrong-phase')
    await release.ask('resume')
    await release.phase('baking')
    const asked = (await release.events()).filter(({ kind }) => kind === 'requested')
    expect(asked.map(({ data }) => [data['request'], data['reason']])).to.deep.equal([
      ['pause', 'let me look'],
      ['resume', null],
    ])
    await release.ask('abort')
    expect(await release.end()).to.equal('aborted')
  })

  it('promotes step by step to its gate, through it, and out of its watch', async () => {
    const { shop, release } = await baking('q-promote')
    await using _ = shop
    await release.ask('promote')
    const second = await release.phase('baking', 'gated')
    expect(second.weightPercent).to.be.oneOf([20, 60])
    for (let n = 0; n < 4 && (await release.read()).outcome === null; n += 1) {
      const { phase } = await release.phase('baking', 'gated', 'watching')
      if (phase !== 'watching') await refusal(release.ask('promote'))
      else break
    }
    expect(await release.end()).to.equal('succeeded')
    expect(await shop.weights()).to.deep.equal({ '1.1.0': 100 })
  })

  it('promotes fully past the steps that are left', async () => {
    const { shop, release } = await baking('q-fully')
    await using _ = shop
    await release.ask('promote-fully')
    expect(await release.end()).to.equal('succeeded')
    const weights = (await release.events()).filter(({ kind }) => kind === 'weight-shifted').map(({ data }) => data['weight'])
    expect(weights).to.deep.equal([20, 100])
  })

  it('aborts in the watch too, back to the version that is still warm', async () => {
    const shop = await startService('q-watch', { rps: 20, strategy: { ...patient, steps: [{ weight: 50 }] }, environment })
    await using _ = shop
    const release = await shop.release('1.1.0')
    await release.phase('baking')
    await release.ask('promote')
    await release.phase('watching')
    await release.ask('abort', { reason: 'not this one' })
    expect(await release.end()).to.equal('aborted')
    expect(await shop.weights()).to.deep.equal({ '1.0.0': 100 })
    expect((await shop.users()).failures).to.equal(0)
  })

  it('extends a bake, and has no effect twice for one idempotency key', async () => {
    const { shop, release } = await baking('q-extend')
    await using _ = shop
    await release.ask('extend', { by: '5m' })
    await release.phase('baking')
    await release.ask('abort')
    expect(await release.end()).to.equal('aborted')
    expect(await refusal(release.ask('abort'))).to.equal('wrong-phase')
  })

  it('calls even the first release of a place back, whatever has come up by then', async () => {
    await using shop = await startService('q-first', { baseline: false, environment: { watch: '1m' } })
    for (const until of ['queued', 'starting', 'watching']) {
      const release = await shop.release(`1.0.0-${until}`)
      await release.phase('queued', 'starting', 'shifting', 'promoting', 'watching')
      if (until === 'watching') await release.phase('watching')
      await release.ask('abort')
      expect(await release.end(60_000), `aborted about ${until}`).to.equal('aborted')
    }
    expect(await shop.weights()).to.deep.equal({})
  })
})
