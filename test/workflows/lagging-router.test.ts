import { expect } from 'chai'
import { describe, it } from 'mocha'
import { expectHome, lenientService, oneStep, releaseCanary, startStable } from '../chaos/canary.ts'
import { startLaggingRouter } from '../stack/lagging-router.ts'
import { startRig } from '../stack/rig.ts'
import { letUsersIn } from '../stack/users.ts'
import { ofKind } from '../stack/events.ts'

const ann = { kind: 'person', id: 'ann' } as const

/** Longer than a step waits for a router, so the step must be repeated. */
const lagMs = 3_000

async function startRigBehind(router: Awaited<ReturnType<typeof startLaggingRouter>>) {
  const rig = await startRig({ workerEnv: { HOLDFAST_RUNTIME_SOCKET: router.socket } })
  router.standBefore(rig.runtime.socket)
  return rig
}

describe('a release behind a slow router', function () {
  this.timeout(120_000)

  it('continues only when weights are in effect, and ends the canary only when it gets no more requests', async () => {
    await using router = await startLaggingRouter()
    await using rig = await startRigBehind(router)
    await startStable(rig, 'lagging', 60_000)
    router.lagMs = lagMs
    await using canary = await releaseCanary(rig, 'lagging')
    await rig.control.request(canary.rolloutId, { kind: 'abort', actor: ann, reason: null }, 'abort')
    expect(await rig.outcome(canary.release, 60_000)).to.equal('aborted')
    const load = await canary.users()
    await expectHome(rig, 'lagging', '1.0.0')

    const [out, home] = router.effects.slice(-2)
    if (!out || !home) throw new Error('the weights did not change twice')
    expect(Object.values(out.weights).toSorted((a, b) => a - b)).to.deep.equal([20, 80])
    expect(Object.values(home.weights)).to.deep.equal([100])
    const shifts = ofKind(await rig.events(canary.release), 'weight-shifted')
    expect(shifts.map(({ data }) => data['weight'])).to.deep.equal([20, 0])
    expect(Date.parse(shifts[0]?.at ?? ''), 'told before it was so').to.be.at.least(out.atMs)
    expect(Date.parse(shifts[1]?.at ?? ''), 'told before it was so').to.be.at.least(home.atMs)
    const ended = (await rig.runtime.client.effects(canary.ref)).filter(({ kind }) => kind === 'ended')
    expect(ended.length, 'ended').to.be.greaterThan(0)
    for (const { at } of ended) expect(Date.parse(at), 'ended while it had traffic').to.be.at.least(home.atMs)
    expect(load.failures, 'failed requests of users').to.equal(0)
    expect(load.versions['1.1.0']?.requests, 'that the canary answered').to.be.greaterThan(0)
  })

  it('is reverted at the progress deadline when they never are, and its desired weights are undone', async () => {
    await using router = await startLaggingRouter()
    await using rig = await startRigBehind(router)
    const { environments, ...service } = lenientService('stuck', { ...oneStep(60_000), progressDeadlineMs: 6_000 })
    await rig.declare({ ...service, environments })
    expect(await rig.outcome(await rig.release('stuck', '1.0.0'))).to.equal('succeeded')
    const ref = { service: 'stuck', environment: 'production' }
    await using users = letUsersIn((await rig.runtime.client.traffic(ref)).url, 60)
    const { desired: before } = await rig.runtime.client.traffic(ref)
    router.lagMs = Infinity
    const release = await rig.release('stuck', '1.1.0')
    expect(await rig.outcome(release, 60_000)).to.equal('rolled-back')
    const back = ofKind(await rig.events(release), 'reverting').find(({ data }) => data.code === 'progress-deadline')
    expect(back?.data['detail']).to.equal('the weights of stuck/production are asked but not in effect')
    await expectHome(rig, 'stuck', '1.0.0')
    expect((await rig.runtime.client.traffic(ref)).desired).to.deep.equal(before)
    const { failures, versions } = await users.report()
    expect([failures, Object.keys(versions)]).to.deep.equal([0, ['1.0.0']])
  })
})
