import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { WithStartWorkflowOperation } from '@temporalio/client'
import { isProblem } from '../../domain/problem.ts'
import type { StepResult } from '../../domain/rollout/step-input.ts'
import { isLegal } from '../../domain/rollout/phase.ts'
import { requestUpdate } from '../../workflows/messages.ts'
import type { Call, Fakes, Input, Name } from './fakes.ts'
import { allWell, done, observed, stays, verdict } from './fakes.ts'
import type { Flight, WorkflowRig } from './rig.ts'
import { startOf, startWorkflowRig } from './rig.ts'
import { plan, reach, scenes } from './scenes.ts'

const revert: readonly Name[] = ['revertTraffic', 'cleanUp', 'endTurn']

const late: readonly (readonly [string, Fakes, Name])[] = [
  ['the old version is being removed', { removeOld: stays }, 'removeOld'],
  ['the turn is being ended', { analyse: () => verdict('fail'), endTurn: stays }, 'endTurn'],
  ['traffic is being reverted', { analyse: () => verdict('fail'), revertTraffic: stays }, 'revertTraffic'],
  ['what was brought out is being removed', { analyse: () => verdict('fail'), cleanUp: stays }, 'cleanUp'],
]

const refused = (error: unknown): false => {
  if (isProblem(error, 'wrong-phase') || isProblem(error, 'not-found')) return false
  throw error
}

/** The result of a step that succeeds, or whose time is over. */
function wellOf({ name, input }: Call): StepResult {
  if (name !== 'analyse') return done
  return verdict((input as Input<'analyse'>).mode.kind === 'bake' ? 'pass' : 'over')
}

describe('an abort', function () {
  this.timeout(60_000)
  let rig: WorkflowRig
  before(async () => {
    rig = await startWorkflowRig()
  })
  after(() => rig[Symbol.asyncDispose]())

  async function expectHome(flight: Flight): Promise<void> {
    const { outcome, reason } = await flight.end()
    expect([outcome, reason?.code]).to.deep.equal(['aborted', 'aborted'])
    expect(flight.activities().slice(-3)).to.deep.equal(revert)
    expect(flight.calls.at(-1)?.input).to.include({ outcome: 'aborted', stable: 'unchanged' })
    expect(flight.eventKinds().filter((kind) => kind === 'reverting')).to.have.lengthOf(1)
  }

  for (const scene of scenes)
    it(`interrupts ${scene.name}: the activity in flight is cancelled, and the next step has a higher token`, async () => {
      const { flight, inFlight } = await reach(rig, { ...scene, fakes: { ...scene.fakes, revertTraffic: stays } })
      expect(await flight.ask('abort')).to.deep.equal({ phase: scene.phase })
      const revertTraffic = await flight.begun('revertTraffic')
      // Await this before the end of the rollout, which also cancels.
      await inFlight.cancelled
      revertTraffic.answer(done)
      await expectHome(flight)
      expect(revertTraffic.input.step).to.be.above((inFlight.input as { step: number }).step)
      expect(revertTraffic.input.reason).to.include({ code: 'aborted' })
    })

  for (const scene of scenes)
    it(`at the moment that ${scene.name} ends is carried out or refused, and never lost once accepted`, async () => {
      const { flight, inFlight } = await reach(rig, scene)
      const asking = flight.ask('abort').then(() => true, refused)
      inFlight.answer(wellOf(inFlight))
      const isAccepted = await asking
      const { outcome } = await flight.end()
      // A hold at its deadline is reverted by itself, and a watch that is over cannot be aborted. Either may come
      // first.
      const otherwise = scene.phase === 'watching' ? 'succeeded' : 'rolled-back'
      const isLate = !isAccepted || flight.eventKinds().includes('request-too-late')
      if (isLate) expect(['gated', 'paused', 'held', 'watching']).to.include(scene.phase)
      expect(outcome).to.equal(isLate ? otherwise : 'aborted')
      if (outcome !== 'succeeded') expect(flight.activities().slice(-3)).to.deep.equal(revert)
    })

  for (const scene of scenes.filter(({ phase }) => isLegal(phase, 'promote')))
    it(`wins over a promotion at the same moment, in either order, while a revert is possible (${scene.name})`, async () => {
      for (const order of [['abort', 'promote'] as const, ['promote', 'abort'] as const]) {
        const { flight } = await reach(rig, scene)
        const pending = order.map(async (kind) => [kind, await flight.ask(kind).then(() => true, refused)] as const)
        const isAccepted = new Map(await Promise.all(pending)).get('abort')
        // A promotion ends the watch, and after it there is no version to revert to.
        if (scene.weight < 100) expect(isAccepted).to.equal(true)
        expect((await flight.end()).outcome).to.equal(isAccepted ? 'aborted' : 'succeeded')
        const activities = flight.activities()
        if (isAccepted)
          expect(activities.slice(activities.indexOf('revertTraffic')), 'from the moment traffic is reverted').to.deep.equal(
            revert,
          )
      }
    })

  for (const [name, fakes, at] of late)
    it(`is refused once it is too late: ${name}`, async () => {
      const flight = await rig.rollout(plan(), { ...allWell, ...fakes })
      const inFlight = await flight.begun(at)
      const refusal = await flight.ask('abort').catch((error: unknown) => error)
      expect(isProblem(refusal, 'wrong-phase')).to.equal(true)
      inFlight.answer(done)
      await flight.end()
      expect(flight.eventKinds()).to.not.include('requested')
    })

  it('sent twice with one id is one abort, and with two ids it reverts once', async () => {
    const flight = await rig.rollout(plan(), { ...allWell, analyse: stays })
    await flight.begun('analyse')
    const answers = await Promise.all([flight.ask('abort', {}, 'same'), flight.ask('abort', {}, 'same')])
    expect(answers).to.deep.equal([{ phase: 'baking' }, { phase: 'baking' }])
    await expectHome(flight)
    expect(flight.eventKinds()).to.deep.equal(['requested', 'reverting'])
    expect(await flight.ask('abort', {}, 'same')).to.deep.equal({ phase: 'baking' })
  })

  it('can also be a cancel request in Temporal, which does not cancel the revert', async () => {
    const flight = await rig.rollout(plan(), { ...allWell, analyse: stays, revertTraffic: stays })
    await flight.begun('analyse')
    await flight.handle.cancel()
    const revertTraffic = await flight.begun('revertTraffic')
    await flight.handle.cancel()
    revertTraffic.answer(done)
    const { outcome, reason } = await flight.end()
    expect([outcome, reason?.code]).to.deep.equal(['aborted', 'cancelled'])
    expect(flight.activities().slice(-3)).to.deep.equal(revert)
  })

  it('before the first task ends the rollout before it takes its turn', async () => {
    const flight = rig.expecting('rollout/shop/production/early', { endTurn: () => done })
    const started = startOf({ ...plan(), workflowId: flight.workflowId })
    const asking = new WithStartWorkflowOperation('rollout', { ...started, workflowIdConflictPolicy: 'FAIL' })
    await rig.client.workflow.executeUpdateWithStart(requestUpdate, {
      startWorkflowOperation: asking,
      args: [{ kind: 'abort', actor: { kind: 'person', id: 'ann' }, reason: null }],
    })
    expect((await flight.end()).outcome).to.equal('aborted')
    expect(flight.activities()).to.deep.equal(['endTurn'])
  })

  it('after the end is answered not-found, and a signal then is no error', async () => {
    const flight = await rig.rollout(plan(), allWell)
    await flight.end()
    const refusal = await flight.ask('abort').catch((error: unknown) => error)
    expect(isProblem(refusal, 'not-found')).to.equal(true)
    await rig.control.wake(flight.workflowId)
  })

  it('ends a queued rollout at once, without any effect', async () => {
    const flight = await rig.rollout(plan(), { takeTurn: () => observed({ kind: 'turn-waiting' }), endTurn: () => done })
    await flight.begun('takeTurn')
    await flight.ask('abort')
    expect((await flight.end()).outcome).to.equal('aborted')
    expect(flight.activities()).to.deep.equal(['takeTurn', 'endTurn'])
  })
})
