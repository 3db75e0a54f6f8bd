import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { releaseWorkflowId, rolloutWorkflowId } from '../../domain/identity.ts'
import type { Armed } from '../stack/crash.ts'
import { armWorker } from '../stack/crash.ts'
import type { Rig } from '../stack/rig.ts'
import { startRig } from '../stack/rig.ts'
import type { Canary } from './canary.ts'
import { allOver, expectHome, releaseCanary, startStable } from './canary.ts'
import type { Scene } from './crash-points.ts'
import { pointsIn } from './crash-points.ts'
import { expectOrderedEffects, expectWholeEvents } from './effects.ts'
import { resetTo } from './reset.ts'

const abort = { kind: 'abort', actor: { kind: 'person', id: 'ann' }, reason: null } as const

/** Each scene has its own service, with one canary after the other. The value is how long each bakes. */
const bakesMs = { out: 1_000, back: 120_000, reset: 2_000, lost: 120_000, waiting: 4_000, queue: 2_000 } satisfies Record<
  Scene,
  number
>

const analysed = ['transaction.keep', 'transaction.conclude']
const workerOf = (point: string) => (analysed.some((effect) => point.startsWith(`${effect}.`)) ? 'analysis' : 'act')

describe('a canary whose worker dies at a crash point', function () {
  this.timeout(90_000)
  let rig: Rig
  let versions = 0
  let stable: Record<Scene, string>
  before(async () => {
    rig = await startRig()
    const scenes = Object.entries(bakesMs)
    await Promise.all(scenes.map(([scene, bakeMs]) => startStable(rig, serviceOf(scene), bakeMs, { watchMs: 500 })))
    stable = { out: '1.0.0', back: '1.0.0', reset: '1.0.0', lost: '1.0.0', waiting: '1.0.0', queue: '1.0.0' }
  })
  after(() => rig[Symbol.asyncDispose]())

  const nextVersion = () => `1.${(versions += 1)}.0`
  /** Sweeps often, so that the sweeper's work happens at once. */
  const arm = (point: string, scene: Scene) =>
    armWorker(rig, workerOf(point), point, `${scene}-${point}`, { HOLDFAST_SWEEP_EVERY: '500ms' })

  interface End {
    readonly canary: Pick<Canary, 'release' | 'service'>
    readonly armed: Armed
    readonly outcome: string
    /** The version that has all traffic in the end. */
    readonly version: string
  }

  async function expectEnd({ canary: { release, service }, armed, outcome, version }: End): Promise<void> {
    expect(await rig.outcome(release)).to.equal(outcome)
    await allOver(rig, service)
    expect(armed.hasCrashed(), 'the worker died').to.equal(true)
    await armed.restarted
    await expectHome(rig, service, version)
    await expectOrderedEffects(rig, service)
    await expectWholeEvents(rig, release)
  }

  for (const points of pairs(pointsIn('out'))) {
    it(`is still promoted: ${points.join(', then ')}`, async () => {
      const version = nextVersion()
      const [armed, ...others] = await Promise.all(points.map((point) => arm(point, 'out')))
      if (!armed) return expect.fail('no point')
      await using canary = await releaseCanary(rig, serviceOf('out'), { version })
      await expectEnd({ canary, armed, outcome: 'succeeded', version })
      for (const other of others) {
        expect(other.hasCrashed(), 'the other worker died').to.equal(true)
        await other.restarted
      }
      stable = { ...stable, out: version }
    })
  }

  for (const point of pointsIn('back')) {
    it(`is still reverted: ${point}`, async () => {
      await using canary = await releaseCanary(rig, serviceOf('back'), { version: nextVersion() })
      const armed = await arm(point, 'back')
      await rig.control.request(canary.rolloutId, abort, point)
      await expectEnd({ canary, armed, outcome: 'aborted', version: stable.back })
    })
  }

  for (const point of pointsIn('reset')) {
    it(`is still promoted after a reset: ${point}`, async () => {
      const version = nextVersion()
      await using canary = await releaseCanary(rig, serviceOf('reset'), { version })
      const armed = await arm(point, 'reset')
      await resetTo(rig.client, canary.rolloutId, 'first')
      await expectEnd({ canary, armed, outcome: 'succeeded', version })
      stable = { ...stable, reset: version }
    })
  }

  for (const point of pointsIn('lost')) {
    it(`is still reverted when its rollout was lost: ${point}`, async () => {
      await using canary = await releaseCanary(rig, serviceOf('lost'), { version: nextVersion() })
      const armed = await arm(point, 'lost')
      await rig.client.workflow.getHandle(canary.rolloutId).terminate('lost in a test')
      await expectEnd({ canary, armed, outcome: 'rolled-back', version: stable.lost })
    })
  }

  for (const point of pointsIn('waiting')) {
    it(`is still promoted when a waiting rollout was lost: ${point}`, async () => {
      const version = nextVersion()
      await using canary = await releaseCanary(rig, serviceOf('waiting'), { version })
      const armed = await arm(point, 'waiting')
      const next = await rig.release(canary.service, nextVersion())
      for (const id of [releaseWorkflowId(canary.service, next), rolloutWorkflowId(canary.ref, next)]) await terminated(rig, id)
      await expectEnd({ canary, armed, outcome: 'succeeded', version })
      expect(await rig.outcome(next)).to.equal('aborted')
      await expectWholeEvents(rig, next)
      stable = { ...stable, waiting: version }
    })
  }

  for (const point of pointsIn('queue')) {
    it(`still hands its turn on: ${point}`, async () => {
      await using canary = await releaseCanary(rig, serviceOf('queue'), { version: nextVersion() })
      const armed = await arm(point, 'queue')
      const version = nextVersion()
      const next = await rig.release(canary.service, version)
      expect(await rig.outcome(canary.release)).to.equal('succeeded')
      await expectEnd({ canary: { ...canary, release: next }, armed, outcome: 'succeeded', version })
      stable = { ...stable, queue: version }
    })
  }
})

/** Two workers of different kinds can be killed around one canary, so each point of the analysis is paired with one of the others. */
function pairs(points: readonly string[]): readonly (readonly string[])[] {
  const [analysis, act] = ['analysis', 'act'].map((worker) => points.filter((point) => workerOf(point) === worker))
  return (act ?? []).map((point, at) => [point, ...(analysis?.slice(at, at + 1) ?? [])])
}

const serviceOf = (scene: string): string => `crash-${scene}`

/** A rollout that its release has not started yet is lost with the release. */
const terminated = ({ client }: Rig, workflowId: string): Promise<unknown> =>
  client.workflow
    .getHandle(workflowId)
    .terminate('lost in a test')
    .catch(() => {})
