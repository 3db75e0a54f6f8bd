import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { rolloutWorkflowId } from '../../domain/identity.ts'
import type { Canary } from '../chaos/canary.ts'
import { lenientService, oneStep, releaseCanary } from '../chaos/canary.ts'
import type { HookReceiver } from '../stack/hook-receiver.ts'
import { startHookReceiver } from '../stack/hook-receiver.ts'
import type { Rig } from '../stack/rig.ts'
import { quickService, startRig } from '../stack/rig.ts'

const ann = { kind: 'person', id: 'ann' } as const

interface Scene extends AsyncDisposable {
  readonly canary: Canary
  readonly receiver: HookReceiver
}

describe('a rollout with a slow hook', function () {
  this.timeout(120_000)
  let rig: Rig
  const coming = new Map<string, Promise<Scene>>()
  before(async () => {
    rig = await startRig()
    // Both cases run side by side, because each takes seconds to reach its hook and then waits.
    for (const name of ['counted', 'killed']) come(name)
  })
  after(async () => {
    await Promise.allSettled([...coming.values()].map(async (scene) => (await scene)[Symbol.asyncDispose]()))
    await rig[Symbol.asyncDispose]()
  })

  function come(name: string): void {
    const scene = atHook(`hook-${name}`)
    scene.catch(() => {})
    coming.set(name, scene)
  }

  async function sceneOf(name: string): Promise<Scene> {
    const scene = await coming.get(name)
    if (!scene) throw new Error(`no scene ${name}`)
    return scene
  }

  /** Makes 1.0.0 stable, with a hook after its step. Resolves once a good 1.1.0 has called the hook, which does not answer. */
  async function atHook(service: string): Promise<Scene> {
    const receiver = await startHookReceiver()
    const { objective } = lenientService(service, oneStep(1_000))
    const declared = quickService(service, oneStep(1_000))
    const [production] = declared.environments
    if (!production) throw new Error('no environment')
    const hook = { http: receiver.url, timeoutMs: 90_000, required: true }
    await rig.declare({
      ...declared,
      objective,
      environments: [{ ...production, hooks: { ...production.hooks, afterStep: [hook] } }],
    })
    expect(await rig.outcome(await rig.release(service, '1.0.0'))).to.equal('succeeded')
    const earlier = receiver.calls.length
    receiver.answer(null)
    const canary = await releaseCanary(rig, service)
    await receiver.call(earlier + 1)
    return {
      canary,
      receiver,
      async [Symbol.asyncDispose]() {
        await canary[Symbol.asyncDispose]()
        await receiver[Symbol.asyncDispose]()
      },
    }
  }

  it('has two activities more in its history for a hook, the hook and its guard, and none without a hook', async () => {
    const { canary, receiver } = await sceneOf('counted')
    receiver.answer(200)
    await rig.control.request(canary.rolloutId, { kind: 'pause', actor: ann, reason: null }, 'pause')
    await rig.control.request(canary.rolloutId, { kind: 'resume', actor: ann, reason: null }, 'resume')
    expect(await rig.outcome(canary.release)).to.equal('succeeded')
    const [first, second] = await Promise.all([actsOf(rolloutWorkflowId(canary.ref, 'hook-counted-1')), actsOf(canary.rolloutId)])
    expect(first).to.deep.equal(['takeTurn', 'prepare', 'shift', 'analyse', 'removeOld'])
    const way = ['takeTurn', 'prepare', 'shift', 'analyse', 'analyse', 'hook']
    expect(second.slice(0, way.length)).to.deep.equal(way)
    expect(second.filter((name) => name === 'hook').length).to.equal(receiver.calls.length)
  })

  it('calls it again with the same key when its worker is killed, and continues', async () => {
    const { canary, receiver } = await sceneOf('killed')
    receiver.answer(200)
    await rig.workers.kill('analysis')
    await rig.workers.start('analysis')
    expect(await rig.outcome(canary.release)).to.equal('succeeded')
    expect(receiver.calls.length).to.be.at.least(2)
    expect(new Set(receiver.calls.map(({ idempotencyKey }) => idempotencyKey)).size).to.equal(1)
    const kinds = (await rig.events(canary.release)).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'hook-passed')).to.have.lengthOf(1)
  })

  /** The activities that a rollout scheduled, in order. */
  async function actsOf(workflowId: string): Promise<readonly string[]> {
    const { events } = await rig.client.workflow.getHandle(workflowId).fetchHistory()
    return (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [])
  }
})
