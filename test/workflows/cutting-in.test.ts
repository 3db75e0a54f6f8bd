import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { legalRequests } from '../../domain/rollout/phase.ts'
import type { RequestKind } from '../../domain/rollout/phase.ts'
import { isProblem } from '../../domain/problem.ts'
import type { Call, Fakes, Name } from './fakes.ts'
import { allWell, done, inTurn, leftFor, observed, stays, turnTaken, verdict } from './fakes.ts'
import type { Flight, WorkflowRig } from './rig.ts'
import { startWorkflowRig } from './rig.ts'
import { hooked, plan, reach, scenes } from './scenes.ts'

const kinds: readonly RequestKind[] = [
  ...(['pause', 'resume', 'promote', 'promote-fully', 'abort', 'extend'] as const),
  ...(['retry-revert', 'accept-as-is'] as const),
]

const waits: Fakes['takeTurn'] = () => observed({ kind: 'turn-waiting' })

describe('interruptions of a rollout:', function () {
  this.timeout(60_000)
  let rig: WorkflowRig
  before(async () => {
    rig = await startWorkflowRig()
  })
  after(() => rig[Symbol.asyncDispose]())

  const modesOf = ({ calls }: Flight) => calls.flatMap(({ input }) => ('mode' in input ? [input.mode.kind] : []))
  const weightsOf = ({ calls }: Flight) =>
    calls.flatMap(({ name, input }) => (name === 'shift' && 'weight' in input ? [input.weight] : []))

  describe('a person', () => {
    it('pauses, resumes and pauses again, and the bake continues where it was, without a change of weight', async () => {
      const flight = await rig.rollout(plan(), { ...allWell, analyse: stays })
      for (const [nth, kind] of [
        [1, 'pause'],
        [2, 'resume'],
        [3, 'pause'],
        [4, 'resume'],
      ] as const) {
        const { cancelled } = await flight.begun('analyse', nth)
        await flight.ask(kind)
        await cancelled
      }
      ;(await flight.begun('analyse', 5)).answer(verdict('pass'))
      ;(await flight.begun('analyse', 6)).answer(verdict('over'))
      expect((await flight.end()).outcome).to.equal('succeeded')
      expect(modesOf(flight)).to.deep.equal(['bake', 'wait', 'bake', 'wait', 'bake', 'watch'])
      expect(weightsOf(flight)).to.deep.equal([10, 100])
    })

    it('pauses a start, after which the version becomes ready and gets no traffic until it is resumed', async () => {
      const flight = await rig.rollout(plan(), { ...allWell, prepare: stays })
      const prepare = await flight.begun('prepare')
      await flight.ask('pause')
      prepare.answer(done)
      await flight.begun('note')
      expect(flight.activities()).to.deep.equal(['takeTurn', 'prepare', 'note'])
      await flight.ask('resume')
      expect((await flight.end()).outcome).to.equal('succeeded')
      expect(weightsOf(flight)).to.deep.equal([10, 100])
    })

    it('pauses a change of weight, which is completed, and the next one does not begin', async () => {
      const flight = await rig.rollout(plan(), { ...allWell, shift: stays, analyse: stays })
      const shift = await flight.begun('shift')
      await flight.ask('pause')
      shift.answer(done)
      const waiting = await flight.begun('analyse')
      expect(waiting.input).to.deep.include({
        phase: 'paused',
        weight: 10,
        mode: { kind: 'wait', forMs: plan().analysis.maxHoldMs },
      })
    })

    it('extends a bake twice, and both times are added', async () => {
      const flight = await rig.rollout(plan(), { ...allWell, analyse: stays })
      await flight.begun('analyse')
      await flight.ask('extend', { byMs: 5_000 })
      await flight.begun('analyse', 2)
      await flight.ask('extend', { byMs: 7_000 })
      const third = await flight.begun('analyse', 3)
      expect(third.input.mode).to.deep.equal({ kind: 'bake', minMs: 1_000, maxMs: 72_000 })
    })

    for (const scene of scenes)
      it(`is refused what ${scene.name} does not allow, with the legal requests, and nothing changes`, async () => {
        const { flight, inFlight } = await reach(rig, scene)
        const state = await flight.state()
        for (const kind of kinds.filter((one) => !legalRequests(scene.phase).includes(one))) {
          const refusal = await flight.ask(kind).then(
            () => null,
            (error: unknown) => error,
          )
          expect(isProblem(refusal, 'wrong-phase') && refusal.more['legal'], kind).to.deep.equal(legalRequests(scene.phase))
        }
        expect(await flight.state()).to.deep.equal(state)
        expect(flight.calls.filter(({ name }) => name === inFlight.name)).to.have.lengthOf(scene.at[1])
      })

    it('sends promote and resume in both orders, and the second request finds the phase after the first', async () => {
      const flight = await rig.rollout(plan(), { ...allWell, analyse: stays })
      await flight.begun('analyse')
      await flight.ask('pause')
      await flight.begun('analyse', 2)
      await flight.ask('promote')
      const late = await flight.ask('resume').then(
        () => null,
        (error: unknown) => error,
      )
      expect(isProblem(late, 'wrong-phase')).to.equal(true)
      expect((await flight.begun('analyse', 3)).input.mode.kind).to.equal('watch')
    })
  })

  describe('a signal', () => {
    it('during the request for a turn is not lost: the turn is requested again at once', async () => {
      const flight = await rig.rollout(plan(), { ...allWell, takeTurn: inTurn(stays, () => turnTaken()) })
      const first = await flight.begun('takeTurn')
      await flight.wake()
      expect((await flight.state()).step, 'a turn that is being asked for is not asked for twice').to.equal(1)
      first.answer(observed({ kind: 'turn-waiting' }))
      expect((await flight.end()).outcome).to.equal('succeeded')
      expect(flight.activities().slice(0, 3)).to.deep.equal(['takeTurn', 'takeTurn', 'prepare'])
      expect(flight.calls[1]?.input).to.include({ step: 2 })
    })

    it('before the first task has no effect', async () => {
      const flight = rig.expecting('rollout/shop/production/signalled', allWell)
      const { workflowId } = flight
      await rig.startSignalled({ ...plan(), workflowId })
      expect((await flight.end()).outcome).to.equal('succeeded')
      expect(flight.activities()[0]).to.equal('takeTurn')
    })

    it('without a pending request, ten times over, repeats the step and changes nothing', async () => {
      const flight = await rig.rollout(plan(), { ...allWell, analyse: stays })
      await flight.begun('analyse')
      await Promise.all(Array.from({ length: 10 }, () => flight.wake()))
      const again = await flight.begun('analyse', 2)
      expect(again.input).to.deep.include({ mode: { kind: 'bake', minMs: 1_000, maxMs: 60_000 }, drafts: [] })
      await flight.ask('promote')
      await flight.begun('shift', 2)
      expect(flight.eventKinds()).to.deep.equal(['requested'])
    })

    it('makes a waiting rollout read its turn, each time', async () => {
      const flight = await rig.rollout(plan(), { ...allWell, takeTurn: inTurn(waits, waits, () => turnTaken()) })
      for (const nth of [1, 2]) {
        await flight.begun('takeTurn', nth)
        await flight.wake()
      }
      expect((await flight.end()).outcome).to.equal('succeeded')
      expect(flight.activities().filter((name) => name === 'takeTurn')).to.have.lengthOf(3)
    })
  })

  describe("the queue, by a step's answer when the signal was lost", () => {
    const rows: readonly (readonly [string, Fakes, string, string, readonly Name[]])[] = [
      [
        'an abort beside a change of weight',
        { shift: inTurn(() => ({ ...done, pending: 'abort' })) },
        'aborted',
        'aborted',
        ['revertTraffic', 'cleanUp', 'endTurn'],
      ],
      [
        'an abort that a preparation was left for',
        { prepare: () => leftFor('abort') },
        'aborted',
        'aborted',
        ['revertTraffic', 'cleanUp', 'endTurn'],
      ],
      [
        'a newer release in the midst of a bake',
        { analyse: () => leftFor('supersede') },
        'superseded',
        'superseded',
        ['revertTraffic', 'cleanUp', 'endTurn'],
      ],
      [
        'a hotfix in the midst of a watch',
        {
          analyse: inTurn(
            () => verdict('pass'),
            () => leftFor('cut-short'),
          ),
        },
        'succeeded',
        'watch-cut-short',
        ['shift', 'analyse', 'removeOld'],
      ],
      [
        'an abort once the old version is removed',
        { removeOld: () => ({ ...done, pending: 'abort' }) },
        'succeeded',
        '',
        ['shift', 'analyse', 'removeOld'],
      ],
      [
        'a hotfix before the watch',
        { prepare: () => ({ ...done, pending: 'cut-short' }) },
        'succeeded',
        '',
        ['shift', 'analyse', 'removeOld'],
      ],
      [
        'an abort while reverting',
        { analyse: () => verdict('fail'), revertTraffic: () => ({ ...done, pending: 'abort' }) },
        'rolled-back',
        'fail',
        ['revertTraffic', 'cleanUp', 'endTurn'],
      ],
    ]
    for (const [name, fakes, outcome, code, last] of rows)
      it(`ends a rollout with a pending request: ${name} ends as ${outcome}`, async () => {
        const flight = await rig.rollout(plan(), { ...allWell, ...fakes })
        const end = await flight.end()
        expect([end.outcome, end.reason?.code ?? '']).to.deep.equal([outcome, code])
        expect(flight.activities().slice(-3)).to.deep.equal(last)
        expect(flight.eventKinds(), 'the queue asks nothing that is not legal').to.not.include('request-too-late')
      })

    for (const moment of ['afterStep', 'after'] as const)
      it(`aborts a rollout in the midst of a hook, which it cancels: the guard reads the row (${moment})`, async () => {
        const flight = await rig.rollout(hooked(moment), { ...allWell, hook: stays, revertTraffic: stays })
        const hook = await flight.begun('hook')
        ;(await flight.begun('analyse', moment === 'after' ? 3 : 2)).answer(leftFor('abort'))
        await hook.cancelled
        ;(await flight.begun('revertTraffic')).answer(done)
        const { outcome, reason } = await flight.end()
        expect([outcome, reason?.code]).to.deep.equal(['aborted', 'aborted'])
        expect(flight.activities().slice(-3)).to.deep.equal(['revertTraffic', 'cleanUp', 'endTurn'])
        expect(flight.calls.filter(({ name }) => name === 'hook')).to.have.lengthOf(1)
      })

    for (const [at, fakes] of [
      ['prepare', { prepare: stays }],
      ['shift', { shift: stays }],
      ['analyse', { analyse: stays }],
      ['revertTraffic', { analyse: () => verdict('fail'), revertTraffic: stays }],
    ] as const satisfies readonly (readonly [Name, Fakes])[])
      it(`ends a rollout whose turn is over: after ${at} it has the row's outcome, without a further effect`, async () => {
        const flight = await rig.rollout(plan(), { ...allWell, ...fakes })
        const inFlight: Call = await flight.begun(at)
        inFlight.answer(observed({ kind: 'turn-over', outcome: 'superseded' }))
        expect((await flight.end()).outcome).to.equal('superseded')
        expect(flight.activities().at(-1)).to.equal(at)
      })

    it('does not end a bake for a hotfix, which waits for the bake and the watch', async () => {
      const looks = inTurn<'analyse'>(
        () => leftFor('cut-short'),
        () => verdict('pass'),
        () => verdict('over'),
      )
      const flight = await rig.rollout(plan(), { ...allWell, analyse: looks })
      expect((await flight.end()).outcome).to.equal('succeeded')
      expect(modesOf(flight)).to.deep.equal(['bake', 'bake', 'watch'])
      expect(weightsOf(flight)).to.deep.equal([10, 100])
    })

    it('gates a rollout whose twin was reverted: nothing begins before a person promotes it', async () => {
      const twin = { release: 'shop-1', outcome: 'rolled-back' } as const
      const flight = await rig.rollout(plan(), { ...allWell, takeTurn: () => turnTaken({ twin }) })
      await flight.begun('note')
      expect(flight.activities()).to.deep.equal(['takeTurn', 'note'])
      await flight.ask('promote')
      expect((await flight.end()).outcome).to.equal('succeeded')
    })
  })

  it('a gate without traffic is passed only by a promotion, and its rollout waits without a step', async () => {
    const blueGreen = { kind: 'blue-green', gate: 'manual', progressDeadlineMs: 60_000, scaleDownDelayMs: 0 } as const
    const flight = await rig.rollout(plan({ strategy: blueGreen }), allWell)
    await flight.begun('note')
    await flight.ask('promote')
    expect((await flight.end()).outcome).to.equal('succeeded')
    expect(flight.activities()).to.deep.equal(['takeTurn', 'prepare', 'note', 'shift', 'analyse', 'removeOld'])
  })
})
