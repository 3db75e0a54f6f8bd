import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Behaviour } from '../stack/demo-artifact.ts'
import type { Rig } from '../stack/rig.ts'
import { quickService, startRig } from '../stack/rig.ts'
import { letUsersIn } from '../stack/users.ts'
import { expectHome, startCanary } from '../chaos/canary.ts'
import { ofKind } from '../stack/events.ts'

const refOf = (service: string) => ({ service, environment: 'production' })

/** Releases 1.0.0, then 1.1.0 under traffic. Resolves with its outcome and what users saw. */
async function secondRelease(rig: Rig, service: string, behaviour: Behaviour) {
  await rig.declare(quickService(service))
  expect(await rig.outcome(await rig.release(service, '1.0.0'))).to.equal('succeeded')
  const { url } = await rig.runtime.client.traffic(refOf(service))
  await using users = letUsersIn(url, 150)
  const release = await rig.release(service, '1.1.0', behaviour)
  const outcome = await rig.outcome(release, 80_000)
  return { release, outcome, load: await users.report() }
}

describe('a canary that is aborted with a text that no database can store', function () {
  this.timeout(120_000)

  it('is still reverted', async () => {
    await using rig = await startRig()
    await using canary = await startCanary(rig, 'nul')
    const actor = { kind: 'person', id: 'ann' } as const
    await rig.control.request(canary.rolloutId, { kind: 'abort', actor, reason: 'a\0b \ud83d' }, 'abort')
    expect(await rig.outcome(canary.release, 30_000)).to.equal('aborted')
    await expectHome(rig, 'nul', '1.0.0')
  })
})

describe('a release on real parts', function () {
  this.timeout(180_000)

  it('becomes stable when it is the first', async () => {
    await using rig = await startRig()
    await rig.declare(quickService('first'))
    const release = await rig.release('first', '1.0.0')
    expect(await rig.outcome(release)).to.equal('succeeded')
    const kinds = (await rig.events(release)).map(({ kind }) => kind)
    expect(kinds).to.include.members(['turn-taken', 'ready', 'weight-shifted', 'verdict', 'rollout-ended', 'release-ended'])
    const { effective } = await rig.runtime.client.traffic(refOf('first'))
    expect(Object.values(effective)).to.deep.equal([100])
  })

  it('is promoted when it is good, without a failed request', async () => {
    await using rig = await startRig()
    const { outcome, load } = await secondRelease(rig, 'good', {})
    expect(outcome).to.equal('succeeded')
    expect(load.failures).to.equal(0)
  })

  it('is reverted by itself when a quarter of its answers are errors', async () => {
    await using rig = await startRig()
    const { outcome, release } = await secondRelease(rig, 'bad', { mode: 'errors', rate: 0.25 })
    expect(outcome).to.equal('rolled-back')
    const verdict = ofKind(await rig.events(release), 'verdict')[0]
    expect(verdict?.data).to.include({ verdict: 'fail' })
    const { effective, desired } = await rig.runtime.client.traffic(refOf('bad'))
    expect(Object.values(effective)).to.deep.equal([100])
    expect(desired).to.deep.equal(effective)
  })
})
