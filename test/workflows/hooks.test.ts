import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { createAsking } from '../../adapters/postgres/rollouts/asking.ts'
import { rolloutWorkflowId } from '../../domain/identity.ts'
import type { HookMoment } from '../../domain/plan/service.ts'
import type { Canary } from '../chaos/canary.ts'
import { allOver, expectHome, lenientService, oneStep, releaseCanary } from '../chaos/canary.ts'
import { expectOrderedEffects, expectWholeEvents } from '../chaos/effects.ts'
import type { HookReceiver } from '../stack/hook-receiver.ts'
import { startHookReceiver } from '../stack/hook-receiver.ts'
import type { Rig } from '../stack/rig.ts'
import { quickService, startRig } from '../stack/rig.ts'
import { until } from '../stack/until.ts'
import { ofKind } from '../stack/events.ts'

const ann = { kind: 'person', id: 'ann' } as const

interface Scene extends AsyncDisposable {
  readonly canary: Canary
  readonly receiver: HookReceiver
}

const moments = ['afterStep', 'after'] as const

describe('a rollout with a slow hook', function () {
  this.timeout(120_000)
  let rig: Rig
  let folder: string
  const coming = new Map<string, Promise<Scene>>()
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hf-switch-'))
    rig = await startRig()
    // All cases run side by side, because each takes seconds to reach its hook and then waits.
    for (const moment of moments) for (const name of ['breaks', 'abort']) come(`${name}-${moment.toLowerCase()}`, moment)
    for (const name of ['asked', 'counted', 'killed']) come(name, 'afterStep')
  })
  after(async () => {
    await Promise.allSettled([...coming.values()].map(async (scene) => (await scene)[Symbol.asyncDispose]()))
    await rig[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  function come(name: string, moment: HookMoment): void {
    const scene = atHook(`hook-${name}`, moment)
    scene.catch(() => {})
    coming.set(name, scene)
  }

  async function sceneOf(name: string): Promise<Scene> {
    const scene = await coming.get(name)
    if (!scene) throw new Error(`no scene ${name}`)
    return scene
  }

  const switchOf = (service: string): string => join(folder, `${service}.json`)

  /** Makes 1.0.0 stable, with a hook at `moment`. Resolves once a good 1.1.0 has called the hook, which does not answer. */
  async function atHook(service: string, moment: HookMoment): Promise<Scene> {
    const receiver = await startHookReceiver()
    const { objective } = lenientService(service, oneStep(1_000))
    const declared = quickService(service, oneStep(1_000), { DEMO_SWITCH: switchOf(service) })
    const [production] = declared.environments
    if (!production) throw new Error('no environment')
    const hook = { http: receiver.url, timeoutMs: 90_000, required: true }
    await rig.declare({
      ...declared,
      objective,
      environments: [{ ...production, hooks: { ...production.hooks, [moment]: [hook] } }],
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

  async function expectBack({ service, release }: Canary, outcome: string): Promise<void> {
    expect(await rig.outcome(release)).to.equal(outcome)
    await allOver(rig, service)
    await expectHome(rig, service, '1.0.0')
    await expectOrderedEffects(rig, service)
    await expectWholeEvents(rig, release)
  }

  /** Resolves once 1.1.0 has weight 0, with the time that it took. */
  async function reverted({ service, ref }: Canary, sinceMs: number): Promise<number> {
    const revisions = await rig.runtime.client.status(ref)
    const stable = revisions.find(({ version }) => version === '1.0.0')?.revision ?? ''
    await until(`${service} to be reverted`, async () => (await rig.runtime.client.traffic(ref)).effective[stable] === 100)
    return Date.now() - sinceMs
  }

  for (const moment of moments) {
    it(`is reverted within seconds when the version breaks meanwhile (${moment})`, async () => {
      const { canary, receiver } = await sceneOf(`breaks-${moment.toLowerCase()}`)
      writeFileSync(switchOf(canary.service), JSON.stringify({ version: '1.1.0', mode: 'errors', rate: 0.7 }))
      expect(await reverted(canary, Date.now())).to.be.lessThan(10_000)
      await expectBack(canary, 'rolled-back')
      const last = receiver.calls.at(-1)
      await until('the hook to be broken off', () => last?.brokenOff)
      const verdicts = ofKind(await rig.events(canary.release), 'verdict')
      expect(verdicts.at(-1)?.data).to.include({ verdict: 'fail', weight: moment === 'after' ? 100 : 20 })
    })

    it(`is reverted at once when it is aborted (${moment})`, async () => {
      const { canary } = await sceneOf(`abort-${moment.toLowerCase()}`)
      const requestedAtMs = Date.now()
      await rig.control.request(canary.rolloutId, { kind: 'abort', actor: ann, reason: null }, moment)
      expect(await reverted(canary, requestedAtMs)).to.be.lessThan(3_000)
      await expectBack(canary, 'aborted')
    })
  }

  it('is reverted when the abort is only in the row, because its signal was lost', async () => {
    const { canary, receiver } = await sceneOf('asked')
    const turn = {
      workflowId: canary.rolloutId,
      ref: 'hook-asked/production',
      subject: { kind: 'release', id: canary.release },
    }
    await createAsking(rig.db).abort(turn, { key: 'lost', actor: ann, reason: null })
    await expectBack(canary, 'aborted')
    expect(receiver.calls).to.have.lengthOf(1)
  })

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
