import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import type { Armed } from '../stack/crash.ts'
import { armWorker } from '../stack/crash.ts'
import type { Rig } from '../stack/rig.ts'
import { startRig } from '../stack/rig.ts'
import type { Canary } from './canary.ts'
import { allOver, expectHome, releaseCanary, startStable } from './canary.ts'
import { expectOrderedEffects, expectWholeEvents } from './effects.ts'

/** Where a worker dies while a good canary is brought out. */
const wayOut = [
  'transaction.take.after',
  'target.run.after',
  'transaction.record.before',
  'traffic.set-weights.after',
  'transaction.conclude.after',
  'target.remove.after',
  'transaction.end.before',
] as const

/** Where it dies while an aborted one goes back. */
const wayBack = [
  'traffic.set-weights.before',
  'traffic.set-weights.after',
  'transaction.record.after',
  'target.remove.before',
  'transaction.end.after',
] as const

const nameOf = (way: string, point: string): string => `${way}-${point.replaceAll('.', '-')}`
const workerOf = (point: string) => (point.startsWith('transaction.conclude') ? 'analysis' : 'act')
const abort = { kind: 'abort', actor: { kind: 'person', id: 'ann' }, reason: null } as const

describe('a canary whose worker dies at a crash point', function () {
  this.timeout(90_000)
  let rig: Rig
  before(async () => {
    rig = await startRig()
    await Promise.all(wayOut.map((point) => startStable(rig, nameOf('out', point), 1_000)))
    // These bake until they are aborted.
    await Promise.all(wayBack.map((point) => startStable(rig, nameOf('back', point), 120_000)))
  })
  after(() => rig[Symbol.asyncDispose]())

  async function expectSameEnd({ service, release }: Canary, armed: Armed, outcome: string, version: string): Promise<void> {
    expect(await rig.outcome(release)).to.equal(outcome)
    await allOver(rig, service)
    expect(armed.hasCrashed(), 'the worker died').to.equal(true)
    await armed.restarted
    await expectHome(rig, service, version)
    await expectOrderedEffects(rig, service)
    await expectWholeEvents(rig, release)
  }

  for (const point of wayOut) {
    it(`is promoted all the same: ${point}`, async () => {
      const service = nameOf('out', point)
      const armed = await armWorker(rig, workerOf(point), point, service)
      await using canary = await releaseCanary(rig, service)
      await expectSameEnd(canary, armed, 'succeeded', '1.1.0')
    })
  }

  for (const point of wayBack) {
    it(`is home all the same: ${point}`, async () => {
      const service = nameOf('back', point)
      await using canary = await releaseCanary(rig, service)
      const armed = await armWorker(rig, workerOf(point), point, service)
      await rig.control.request(canary.rolloutId, abort, service)
      await expectSameEnd(canary, armed, 'aborted', '1.0.0')
    })
  }
})
