import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { createReleaseQueries } from '../../adapters/postgres/releases/release-queries.ts'
import { unguardedMs } from '../../api/views/unguarded.ts'
import type { Service } from '../../domain/plan/service.ts'
import type { Rig } from '../stack/rig.ts'
import { startRig } from '../stack/rig.ts'
import { until } from '../stack/until.ts'
import type { Canary } from './canary.ts'
import { expectHome, inPhase, lenientService, oneStep, startCanary, weightAt } from './canary.ts'
import { expectOrderedEffects, expectWholeEvents } from './effects.ts'

const maxBlindMs = 18_000
const abort = { kind: 'abort', actor: { kind: 'person', id: 'ann' }, reason: null } as const

/** A service whose canary gets no look for longer than `maxBlindMs`. */
const guardedService = (name: string): Service => {
  const service = lenientService(name, oneStep(120_000))
  return {
    ...service,
    environments: service.environments.map((environment) => ({
      ...environment,
      analysis: { ...environment.analysis, maxBlindMs },
    })),
  }
}

describe('a canary without a free analysis slot', function () {
  this.timeout(120_000)
  let rig: Rig
  let bakes: Canary

  before(async () => {
    rig = await startRig({ workerEnv: { HOLDFAST_ANALYSIS_SLOTS: '1' } })
    for (const name of ['slots-aborted', 'slots-breaching']) {
      await rig.declare(guardedService(name))
      expect(await rig.outcome(await rig.release(name, '1.0.0'))).to.equal('succeeded')
    }
    // Takes the only slot.
    bakes = await startCanary(rig, 'slots-taken', { bakeMs: 120_000, rps: 20 })
  })
  after(async () => {
    await bakes?.[Symbol.asyncDispose]()
    await rig?.[Symbol.asyncDispose]()
  })

  it('shows in the metrics of its worker: all slots are used', async () => {
    const slots = async (name: string) => {
      const line = (await rig.workers.metrics('analysis'))
        .split('\n')
        .find((each) => each.startsWith(name) && each.includes('worker_type="ActivityWorker"'))
      return Number(line?.split(' ').at(-1))
    }
    expect(await slots('temporal_worker_task_slots_used')).to.equal(1)
    expect(await slots('temporal_worker_task_slots_available')).to.equal(0)
  })

  it('is at weight 0 within a second of an abort', async () => {
    const release = await rig.release('slots-aborted', '1.1.0')
    await until('weight at the canary', async () => (await weightAt(rig, 'slots-aborted')) === 20)
    const requestedAtMs = Date.now()
    await rig.control.request(`rollout/slots-aborted/production/${release}`, abort, 'slots')
    await until('no weight at the canary', async () => (await weightAt(rig, 'slots-aborted')) === 0)
    expect(Date.now() - requestedAtMs).to.be.lessThan(1_000)
    expect(await rig.outcome(release)).to.equal('aborted')
    await expectHome(rig, 'slots-aborted', '1.0.0')
  })

  it('shows as unguarded, and is reverted as blind after `maxBlind`, breaching or not', async () => {
    const release = await rig.release('slots-breaching', '1.1.0', { mode: 'errors', rate: 1 })
    await until('weight at the canary', async () => (await weightAt(rig, 'slots-breaching')) === 20)
    const outAtMs = Date.now()
    const queries = createReleaseQueries(rig.db)
    await until('it to show', async () => {
      const turn = (await queries.release(release))?.turn
      return turn && unguardedMs(turn, Date.now()) !== null
    })
    await until('no weight at the canary', async () => (await weightAt(rig, 'slots-breaching')) === 0, maxBlindMs)
    expect(Date.now() - outAtMs).to.be.within(maxBlindMs - 1_000, maxBlindMs + 4_000)
    expect(await rig.outcome(release)).to.equal('rolled-back')
    expect((await queries.release(release))?.reason).to.deep.include({ code: 'blind' })
    await expectHome(rig, 'slots-breaching', '1.0.0')
    await expectOrderedEffects(rig, 'slots-breaching')
    await expectWholeEvents(rig, release)
    await inPhase(rig, bakes.rolloutId, 'baking')
  })
})
