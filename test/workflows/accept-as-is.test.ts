import { expect } from 'chai'
import { describe, it } from 'mocha'
import { openStage } from '../histories/stage.ts'
import { startRig } from '../stack/rig.ts'
import { until } from '../stack/until.ts'

const ref = { service: 'accepted', environment: 'production' }

describe('a canary that could not be reverted', function () {
  this.timeout(120_000)

  it('leaves the version with the larger weight stable when it is accepted as it is, even if the canary gets all traffic meanwhile', async () => {
    await using rig = await startRig()
    await using stage = openStage(rig, 'accepted', () => {})
    await stage.declare()
    await stage.baseline()
    const { rolloutId, releaseId } = await stage.release('1.1.0', { plan: { revertDeadlineMs: 3_000 } })
    await stage.phase(rolloutId, 'baking')
    stage.switchTo({ version: '1.0.0', mode: 'never-ready' })
    const effective = async () => Object.values((await rig.runtime.client.traffic(ref)).effective)
    await until('all traffic at the canary', async () => (await effective()).includes(100))
    await stage.ask(rolloutId, 'abort')
    await stage.phase(rolloutId, 'needs-operator')
    await stage.ask(rolloutId, 'accept-as-is')
    await stage.closed(rolloutId)
    await stage.closed(releaseId)
    const [{ version } = { version: null }] = await rig.db.query<{ version: string | null }>(
      `select stable->>'version' as version from environment where ref = 'accepted/production'`,
    )
    expect(version).to.equal('1.0.0')
  })
})
