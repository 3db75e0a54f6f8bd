import { expect } from 'chai'
import { describe, it } from 'mocha'
import { advance } from '../../../domain/rollout/advance.ts'
import type { RequestKind } from '../../../domain/rollout/phase.ts'
import type { VerdictKind } from '../../../domain/rollout/reason.ts'
import type { RolloutState, Observation, Step } from '../../../domain/rollout/rollout.ts'
import { nextStep } from '../../../domain/rollout/rollout.ts'
import type { HookMoment } from '../../../domain/plan/service.ts'
import { allWell, drive, planOf, request, stable } from './rollout-machine.ts'

const hook = { command: ['true'], timeoutMs: 1_000, required: true }
const plan = planOf({
  hooks: { before: [hook], afterStep: [hook, hook], after: [hook], afterRevert: [hook, hook] },
  strategy: {
    kind: 'canary',
    steps: [{ weight: 10, bake: { minMs: 1, maxMs: 2 }, gate: null }],
    progressDeadlineMs: 1,
    scaleDownDelayMs: 0,
  },
})
const shown = (step: Step) => (step.kind === 'hook' ? `${step.moment}${step.index}${step.guarded ? ' guarded' : ''}` : step.kind)
const failed: Observation = { kind: 'failed', reason: { code: 'hook-failed', detail: 'exit code 1' } }
const judged = (verdict: VerdictKind): Observation => ({ kind: 'verdict', verdict, detail: '' })

/** The state in which a hook of `moment` is next, of a release with or without a baseline. */
function at(moment: HookMoment, from = stable as typeof stable | null): RolloutState {
  return drive(plan, allWell(from), (state) => state.hooks?.moment === moment).state
}

const after = (state: RolloutState, observation: Observation): RolloutState =>
  advance(plan, state, nextStep(plan, state), observation)
const asked = (state: RolloutState, kind: RequestKind): RolloutState => after(state, { kind: 'request', request: request(kind) })

describe('hooks of a rollout', () => {
  it('are guarded wherever traffic is at the new version, and come before the old one is stopped', () => {
    const { steps, state } = drive(plan, allWell())
    expect(steps.map(shown)).to.deep.equal([
      'take-turn',
      'prepare',
      'before0',
      'shift',
      'analyse',
      'afterStep0 guarded',
      'afterStep1 guarded',
      'shift',
      'analyse',
      'after0 guarded',
      'remove-old',
    ])
    expect(state.outcome).to.equal('succeeded')
  })

  for (const moment of ['afterStep', 'after'] as const) {
    for (const verdict of ['fail', 'blind', 'dead'] as const)
      it(`goes back at once when its verdict is ${verdict} beside a hook (${moment})`, () => {
        const back = after(at(moment), judged(verdict))
        expect(back).to.include({ phase: 'reverting', hooks: null })
        expect(nextStep(plan, back).kind).to.equal('revert-traffic')
      })

    it(`is held when both are bad beside a hook (${moment}): a revert would not help`, () => {
      expect(after(at(moment), judged('both-bad'))).to.include({ phase: 'held', hooks: null })
    })

    it(`goes back at once when asked to while a hook runs (${moment})`, () => {
      expect(asked(at(moment), 'abort')).to.include({ phase: 'reverting', hooks: null })
    })

    it(`goes back when a required hook fails (${moment})`, () => {
      expect(after(at(moment), failed)).to.include({ phase: 'reverting' })
    })

    it(`goes on without its hook when promoted while it runs (${moment})`, () => {
      expect(asked(at(moment), 'promote')).to.include({ phase: moment === 'after' ? 'removing-old' : 'promoting', hooks: null })
    })
  }

  it('bakes on, and calls its hooks again, when paused or extended while one runs', () => {
    for (const state of [asked(asked(at('afterStep'), 'pause'), 'resume'), asked(at('afterStep'), 'extend')]) {
      expect(state).to.include({ phase: 'baking', hooks: null })
      expect(after(state, judged('pass')).hooks).to.deep.equal({ moment: 'afterStep', index: 0 })
    }
  })

  it('come after a watch that a person ends, too', () => {
    const { state } = drive(plan, allWell(), ({ phase }) => phase === 'watching')
    expect(asked(state, 'promote').hooks).to.deep.equal({ moment: 'after', index: 0 })
  })

  it('hold a first release that breaks beside one, and let a person promote it', () => {
    const held = after(at('after', null), judged('fail'))
    expect(held).to.include({ phase: 'held' })
    expect(asked(held, 'promote')).to.include({ phase: 'removing-old', hooks: null })
  })

  it('hold a first release whose required one fails after the watch: there is nothing to go back to', () => {
    expect(after(at('after', null), failed)).to.include({ phase: 'held', hooks: null, weight: 100 })
  })

  it('never stop the revert: each is called, whatever the one before said', () => {
    const { steps, state } = drive(plan, (step, now) =>
      step.kind === 'analyse' || (step.kind === 'hook' && step.moment === 'afterRevert') ? failed : allWell()(step, now),
    )
    expect(steps.map(shown).slice(-5)).to.deep.equal(['revert-traffic', 'afterRevert0', 'afterRevert1', 'clean-up', 'end'])
    expect(state.outcome).to.equal('rolled-back')
  })

  it('never let a version near users when a required one fails before', () => {
    const { steps, state } = drive(plan, (step, now) =>
      step.kind === 'hook' && step.moment === 'before' ? failed : allWell()(step, now),
    )
    expect(steps.map(({ kind }) => kind)).to.not.include('shift')
    expect(state.outcome).to.equal('rolled-back')
  })
})
