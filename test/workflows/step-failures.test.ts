import { ApplicationFailure } from '@temporalio/activity'
import { TimeoutFailure, TimeoutType } from '@temporalio/common'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import type { RolloutPlan } from '../../domain/plan/plan.ts'
import { Problem } from '../../domain/problem.ts'
import type { Reason } from '../../domain/rollout/reason.ts'
import { searchAttributes } from '../../domain/temporal-names.ts'
import type { Fakes, Name } from './fakes.ts'
import { allWell, done, inTurn, observed, stays, turnTaken, verdict } from './fakes.ts'
import type { Flight, WorkflowRig } from './rig.ts'
import { startWorkflowRig } from './rig.ts'
import { hooked, oneStep, plan } from './scenes.ts'

const forGood = () => {
  throw ApplicationFailure.nonRetryable('it broke', 'forbidden')
}
/** Repeats an attempt after a millisecond, because the pause is not what is tested. */
const once = () => {
  throw ApplicationFailure.create({ message: 'weather', nextRetryDelay: '1ms' })
}
const smoked = plan({ smoke: [{ path: '/', status: 200, withinMs: 1_000 }] })
const revert: readonly Name[] = ['revertTraffic', 'cleanUp', 'endTurn']
const lookedAt = inTurn<'analyse'>(() => verdict('pass'), stays)

interface Row {
  readonly name: string
  readonly plan?: RolloutPlan
  readonly fakes: Fakes
  readonly code: Reason['code']
  readonly detail?: string
}

const back: readonly Row[] = [
  { name: 'a preparation that fails for good', fakes: { prepare: forGood }, code: 'step-failed', detail: 'prepare: it broke' },
  {
    name: 'a version that can never start',
    fakes: {
      prepare: () => {
        throw new Problem('cannot-start', 'no such file', { more: { unready: { service: 's', environment: 'e', version: 'v' } } })
      },
    },
    code: 'cannot-start',
    detail: 'no such file',
  },
  {
    name: 'a smoke test that says no',
    plan: smoked,
    fakes: { smoke: () => observed({ kind: 'failed', reason: { code: 'smoke-failed', detail: '500' } }) },
    code: 'smoke-failed',
    detail: '500',
  },
  {
    name: 'a hook before that fails for good',
    plan: hooked('before'),
    fakes: { hook: forGood },
    code: 'step-failed',
    detail: 'hook: it broke',
  },
  {
    name: 'a hook after a step that says no',
    plan: hooked('afterStep'),
    fakes: { hook: () => observed({ kind: 'failed', reason: { code: 'hook-failed', detail: 'no' } }) },
    code: 'hook-failed',
    detail: 'no',
  },
  { name: 'a hook after the watch that fails for good', plan: hooked('after'), fakes: { hook: forGood }, code: 'step-failed' },
  { name: 'a change of weight that fails for good', fakes: { shift: forGood }, code: 'step-failed', detail: 'shift: it broke' },
  { name: 'a promotion that fails for good', fakes: { shift: inTurn(() => done, forGood) }, code: 'step-failed' },
  { name: 'an analysis that fails for good', fakes: { analyse: forGood }, code: 'step-failed', detail: 'analyse: it broke' },
  { name: 'a watch that fails for good', fakes: { analyse: inTurn(() => verdict('pass'), forGood) }, code: 'step-failed' },
  { name: 'a verdict fail in a bake', fakes: { analyse: () => verdict('fail') }, code: 'fail' },
  {
    name: 'a dead version in its watch',
    fakes: {
      analyse: inTurn(
        () => verdict('pass'),
        () => verdict('dead'),
      ),
    },
    code: 'dead',
  },
  { name: 'a blind bake', fakes: { analyse: () => verdict('blind') }, code: 'blind' },
  {
    name: 'a gate that nobody passes in time',
    plan: plan({ strategy: oneStep('manual') }),
    fakes: {
      analyse: inTurn(
        () => verdict('pass'),
        () => verdict('over'),
      ),
    },
    code: 'max-hold',
  },
  {
    name: 'a hold that nobody ends in time',
    fakes: {
      analyse: inTurn(
        () => verdict('inconclusive'),
        () => verdict('over'),
      ),
    },
    code: 'max-hold',
  },
  {
    name: 'a version whose next try would come after the progress deadline, with the last cause',
    fakes: {
      prepare: () => {
        throw ApplicationFailure.create({ type: 'target-not-ready', message: '0 of 2 ready', nextRetryDelay: '1 hour' })
      },
    },
    code: 'progress-deadline',
    detail: '0 of 2 ready',
  },
  {
    name: 'a preparation that hangs until the progress deadline',
    plan: plan({ strategy: oneStep(null, 300) }),
    fakes: { prepare: stays },
    code: 'progress-deadline',
  },
  {
    name: 'a change of weight that hangs until the progress deadline',
    plan: plan({ strategy: oneStep(null, 1_000) }),
    fakes: { shift: stays },
    code: 'progress-deadline',
  },
]

describe('a rollout with a failing step', function () {
  this.timeout(60_000)
  let rig: WorkflowRig
  let alone: WorkflowRig
  before(async () => {
    rig = await startWorkflowRig()
    alone = await startWorkflowRig(['control', 'act'])
  })
  after(async () => {
    await alone[Symbol.asyncDispose]()
    await rig[Symbol.asyncDispose]()
  })

  async function expectBack(flight: Flight, { code, detail }: Pick<Row, 'code' | 'detail'>): Promise<void> {
    const { outcome, reason } = await flight.end()
    expect([outcome, reason?.code]).to.deep.equal(['rolled-back', code])
    if (detail) expect(reason?.detail).to.equal(detail)
    expect(flight.activities().slice(-3)).to.deep.equal(revert)
    expect(flight.eventKinds().filter((kind) => kind === 'reverting')).to.have.lengthOf(1)
  }

  for (const { name, plan: of = plan(), fakes, ...expected } of back)
    it(`is reverted for ${name}, once`, async () => {
      await expectBack(await rig.rollout(of, { ...allWell, ...fakes }), expected)
    })

  const retried: readonly Name[] = ['takeTurn', 'prepare', 'shift', 'analyse', 'removeOld']
  for (const name of retried)
    it(`tries ${name} again with the same token, and continues`, async () => {
      const flight = await rig.rollout(plan(), { ...allWell, [name]: inTurn(once, allWell[name] as never) })
      expect((await flight.end()).outcome).to.equal('succeeded')
      const [first, second] = flight.calls.filter((call) => call.name === name)
      expect([first?.attempt, second?.attempt]).to.deep.equal([1, 2])
      expect(second?.input).to.deep.equal(first?.input)
    })

  it('repeats an activity after its worker is lost, because a lost heartbeat ends only an attempt', async () => {
    const lost = () => {
      throw new TimeoutFailure('no heartbeat', undefined, TimeoutType.HEARTBEAT)
    }
    const flight = await rig.rollout(plan(), { ...allWell, shift: inTurn(lost, () => done) })
    expect((await flight.end()).outcome).to.equal('succeeded')
    const beats = flight.calls.map((call) => `${call.name} ${call.heartbeatTimeoutMs} ${call.startToCloseTimeoutMs > 5_000}`)
    const quick = ['takeTurn', 'prepare', 'shift', 'removeOld'].map((name) => `${name} 2000 false`)
    expect(new Set(beats)).to.deep.equal(new Set([...quick, 'analyse 2000 true']))
  })

  describe('of a first version with traffic, without a version to revert to,', () => {
    const first = { takeTurn: () => turnTaken({ stable: null, stableReplicas: 0 }) }
    for (const kind of ['fail', 'blind', 'both-bad'] as const)
      it(`is held on ${kind}, and a person ends the watch`, async () => {
        const flight = await rig.rollout(plan(), { ...allWell, ...first, analyse: inTurn(() => verdict(kind), stays) })
        await flight.begun('analyse', 2)
        const { phase, reason } = await flight.state()
        expect([phase, reason?.code]).to.deep.equal(['held', kind])
        await flight.ask('promote')
        expect((await flight.end()).outcome).to.equal('succeeded')
        expect(flight.activities()).to.not.include('revertTraffic')
      })
  })

  describe('while reverting', () => {
    const failing = { analyse: () => verdict('fail') }
    for (const [name, fakes, revertDeadlineMs] of [
      ['revertTraffic', { revertTraffic: inTurn<'revertTraffic'>(forGood, () => done) }, 60_000],
      ['cleanUp', { cleanUp: inTurn<'cleanUp'>(forGood, () => done) }, 60_000],
      ['revertTraffic until its deadline', { revertTraffic: inTurn<'revertTraffic'>(stays, () => done) }, 1_000],
    ] as const) {
      it(`needs an operator (${name}), and their retry only does the revert`, async () => {
        const flight = await rig.rollout(plan({ revertDeadlineMs }), { ...allWell, ...failing, ...fakes })
        await flight.begun('note')
        expect((await flight.state()).phase).to.equal('needs-operator')
        await flight.ask('retry-revert')
        const { outcome, reason } = await flight.end()
        expect([outcome, reason?.code]).to.deep.equal(['rolled-back', 'revert-failed'])
        expect(flight.activities().slice(-2)).to.deep.equal(['cleanUp', 'endTurn'])
        expect(flight.activities().filter((name) => name === 'shift')).to.have.lengthOf(1)
      })
    }

    it('can be accepted as it is: nothing changes any more, and the version with the most weight stays', async () => {
      const flight = await rig.rollout(plan(), { ...allWell, ...failing, revertTraffic: forGood })
      await flight.begun('note')
      await flight.ask('accept-as-is')
      expect((await flight.end()).outcome).to.equal('aborted')
      expect(flight.activities().slice(-2)).to.deep.equal(['note', 'endTurn'])
      expect(flight.calls.at(-1)?.input).to.include({ stable: 'majority' })
    })

    it('continues when a hook after the revert fails for good, because the revert matters more', async () => {
      const flight = await rig.rollout(hooked('afterRevert'), { ...allWell, ...failing, hook: forGood })
      expect((await flight.end()).outcome).to.equal('rolled-back')
      expect(flight.activities().slice(-4)).to.deep.equal(['revertTraffic', 'hook', 'cleanUp', 'endTurn'])
    })
  })

  describe('without an analysis worker', () => {
    const of = (changes: Partial<RolloutPlan>) => plan({ ...changes, analysis: { ...plan().analysis, maxBlindMs: 200 } })
    it('is reverted as blind after maxBlind', async () => {
      await expectBack(await alone.rollout(of({}), allWell), {
        code: 'blind',
        detail: 'no analysis worker was free for it (analyse)',
      })
    })
    it('does not wait for a smoke test beyond the progress deadline', async () => {
      const flight = await alone.rollout(of({ smoke: smoked.smoke, strategy: oneStep(null, 1_000) }), allWell)
      await expectBack(flight, { code: 'progress-deadline', detail: 'no analysis worker was free for it (smoke)' })
    })
    it('does not wait for a hook', async () => {
      const flight = await alone.rollout(of({ hooks: hooked('before').hooks }), allWell)
      await expectBack(flight, { code: 'hook-failed', detail: 'no analysis worker was free for it (hook)' })
    })
  })

  describe('with a slow activity', () => {
    for (const [moment, weight] of [
      ['afterStep', 10],
      ['after', 100],
    ] as const)
      it(`cancels a hook when the version breaks meanwhile, and reverts at once (${moment})`, async () => {
        const flight = await rig.rollout(hooked(moment), { ...allWell, hook: stays, revertTraffic: stays })
        const hook = await flight.begun('hook')
        const guard = await flight.begun('analyse', moment === 'after' ? 3 : 2)
        expect(guard.input).to.deep.include({ mode: { kind: 'guard' }, weight, step: hook.input.step })
        guard.answer(verdict('fail'))
        await hook.cancelled
        ;(await flight.begun('revertTraffic')).answer(done)
        await expectBack(flight, { code: 'fail' })
      })

    it('cancels the guard of a hook at the answer of the hook', async () => {
      const well = await rig.rollout(hooked('afterStep'), {
        ...allWell,
        hook: stays,
        shift: inTurn(() => done, stays),
        analyse: inTurn(
          () => verdict('pass'),
          stays,
          () => verdict('over'),
        ),
      })
      const guard = await well.begun('analyse', 2)
      ;(await well.begun('hook')).answer(done)
      await guard.cancelled
      ;(await well.begun('shift', 2)).answer(done)
      expect((await well.end()).outcome).to.equal('succeeded')
    })

    it('shows a slow change of weight in the search attributes, and a quick one not', async () => {
      const flight = await rig.rollout(plan(), { ...allWell, shift: inTurn(() => done, stays, stays) })
      ;(await flight.begun('shift', 3)).answer(done)
      expect((await flight.end()).outcome).to.equal('succeeded')
      const { events } = await flight.handle.fetchHistory()
      const phases = (events ?? []).flatMap(({ upsertWorkflowSearchAttributesEventAttributes: upserted }) => {
        const data = upserted?.searchAttributes?.indexedFields?.[searchAttributes.phase]?.data
        return data ? [JSON.parse(Buffer.from(data).toString())] : []
      })
      expect(phases).to.deep.equal(['starting', 'baking', 'promoting', 'watching', 'removing-old', 'ended'])
    })

    it('gives a change of weight its progress deadline in total', async () => {
      const unready = () => {
        throw ApplicationFailure.create({ type: 'target-not-ready', message: '0 of 1 ready' })
      }
      const flight = await rig.rollout(plan({ strategy: oneStep(null, 5_000) }), { ...allWell, shift: unready })
      await expectBack(flight, { code: 'progress-deadline' })
      const { events } = await flight.handle.fetchHistory()
      const shifts = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
        scheduled?.activityType?.name === 'shift' ? [Number(scheduled.scheduleToCloseTimeout?.seconds)] : [],
      )
      expect(shifts).to.deep.equal([3, 2])
    })

    it('cancels a slow change of weight at a verdict of its guard, which only then begins', async () => {
      const flight = await rig.rollout(plan(), {
        ...allWell,
        shift: inTurn(() => done, stays),
        analyse: lookedAt,
        revertTraffic: stays,
      })
      const [quick, shift, guard] = [
        await flight.begun('shift', 2),
        await flight.begun('shift', 3),
        await flight.begun('analyse', 2),
      ]
      expect(shift.input, 'the same step').to.deep.equal(quick.input)
      expect(guard.input).to.deep.include({ phase: 'promoting', weight: 10, mode: { kind: 'shift' } })
      guard.answer(verdict('fail'))
      await shift.cancelled
      ;(await flight.begun('revertTraffic')).answer(done)
      await expectBack(flight, { code: 'fail' })
    })
  })
})
