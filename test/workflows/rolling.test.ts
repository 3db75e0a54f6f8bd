import { expect } from 'chai'
import { describe, it } from 'mocha'
import { allOver, expectHome } from '../chaos/canary.ts'
import { quickService, startRig } from '../stack/rig.ts'
import { until } from '../stack/until.ts'
import { letUsersIn } from '../stack/users.ts'

const replicas = 3
const available = 2
const strategy = {
  kind: 'rolling',
  availability: { count: available },
  progressDeadlineMs: 15_000,
  scaleDownDelayMs: 0,
} as const

describe('a rolling release', function () {
  this.timeout(120_000)

  it('has at least `availability` ready replicas at every moment, and the old ones warm until its watch is over', async () => {
    await using rig = await startRig()
    const service = quickService('rolling', strategy)
    const environments = service.environments.map((one) => ({
      ...one,
      target: { ...one.target, config: { ...one.target.config, replicas } },
    }))
    await rig.declare({ ...service, environments })
    expect(await rig.outcome(await rig.release('rolling', '1.0.0'))).to.equal('succeeded')
    const ref = { service: 'rolling', environment: 'production' }
    const { url } = await rig.runtime.client.traffic(ref)
    await using users = letUsersIn(url, 60)
    const release = await rig.release('rolling', '1.1.0')
    const ready: number[] = []
    const old: number[] = []
    await until(
      'its end',
      async () => {
        const revisions = await rig.runtime.client.status(ref)
        ready.push(revisions.reduce((sum, { readyReplicas }) => sum + readyReplicas, 0))
        const events = await rig.events(release)
        // Events are read after the replicas. If the watch is not over now, it was not over then.
        if (!events.some(({ kind, data }) => kind === 'verdict' && data['verdict'] === 'over'))
          old.push(revisions.find(({ version }) => version === '1.0.0')?.readyReplicas ?? 0)
        return events.at(-1)?.kind === 'release-ended'
      },
      60_000,
    )
    expect(Math.min(...ready)).to.be.at.least(available)
    await allOver(rig, 'rolling')
    await expectHome(rig, 'rolling', '1.1.0')
    expect((await users.report()).failures).to.equal(0)
    expect(new Set(old)).to.deep.equal(new Set([replicas]))
  })
})
