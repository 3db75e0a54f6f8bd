import { expect } from 'chai'
import { describe, it } from 'mocha'
import { quickService, startRig } from '../stack/rig.ts'

describe('a release on real parts', function () {
  this.timeout(120_000)

  it('becomes the baseline when it is the first', async () => {
    await using rig = await startRig()
    await rig.declare(quickService('first'))
    const release = await rig.release('first', '1.0.0')
    expect(await rig.outcome(release)).to.equal('succeeded')
    const kinds = (await rig.events(release)).map(({ kind }) => kind)
    expect(kinds).to.include.members(['turn-taken', 'ready', 'weight-shifted', 'verdict', 'rollout-ended', 'release-ended'])
    const { effective } = await rig.runtime.client.traffic({ service: 'first', environment: 'production' })
    expect(Object.values(effective)).to.deep.equal([100])
  })
})
