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

/** The state before a hook of `moment`, of a release with or without a stable version. */
function at(moment: HookMoment, from = stable as typeof stable | null): RolloutState {
  return drive(plan, allWell(from), (state) => state.hooks?.moment === moment).state
}

const after = (state: RolloutState, observation: Observation): RolloutState =>
  advance(plan, state, nextStep(plan, state), observation)
const asked = (state: RolloutState, kind: RequestKind): RolloutState => after(state, { kind: 'request', request: request(kind) })

describe('hooks of a rollout', () => {
  it('are guarded whenever the new version has traffic, and run before the old version is stopped', () => {
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
      it(`are interrupted by a revert at the verdict ${verdict} (${moment})`, () => {
        const back = after(at(moment), judged(verdict))
        expect(back).to.include({ phase: 'reverting', hooks: null })
        expect(nextStep(plan, back).kind).to.equal('revert-traffic')
      })

    it(`are interrupted by a hold when both versions are bad (${moment}), because a revert would not help`, () => {
      expect(after(at(moment), judged('both-bad'))).to.include({ phase: 'held', hooks: null })
    })

    it(`are interrupted by an abort (${moment})`, () => {
      expect(asked(at(moment), 'abort')).to.include({ phase: 'reverting', hooks: null })
    })

    it(`revert the version when a required one fails (${moment})`, () => {
      expect(after(at(moment), failed)).to.include({ phase: 'reverting' })
    })

    it(`are skipped by a promotion while one runs (${moment})`, () => {
      expect(asked(at(moment), 'promote')).to.include({ phase: moment === 'after' ? 'removing-old' : 'promoting', hooks: null })
    })
  }

  it('are called again after a pause or an extension while one runs, and the bake continues', () => {
    for (const state of [asked(asked(at('afterStep'), 'pause'), 'resume'), asked(at('afterStep'), 'extend')]) {
      expect(state).to.include({ phase: 'baking', hooks: null })
      expect(after(state, judged('pass')).hooks).to.deep.equal({ moment: 'afterStep', index: 0 })
    }
  })

  it('also run after a watch that a person ends', () => {
    const { state } = drive(plan, allWell(), ({ phase }) => phase === 'watching')
    expect(asked(state, 'promote').hooks).to.deep.equal({ moment: 'after', index: 0 })
  })

  it('are interrupted by a hold when a first release breaks, and a person can promote it', () => {
    const held = after(at('after', null), judged('fail'))
    expect(held).to.include({ phase: 'held' })
    expect(asked(held, 'promote')).to.include({ phase: 'removing-old', hooks: null })
  })

  it('hold a first release when a required one fails after the watch, because there is no version to revert to', () => {
    expect(after(at('after', null), failed)).to.include({ phase: 'held', hooks: null, weight: 100 })
  })

  it('never stop a revert: each is called, whatever the result of the one before', () => {
    const { steps, state } = drive(plan, (step, now) =>
      step.kind === 'analyse' || (step.kind === 'hook' && step.moment === 'afterRevert') ? failed : allWell()(step, now),
    )
    expect(steps.map(shown).slice(-5)).to.deep.equal(['revert-traffic', 'afterRevert0', 'afterRevert1', 'clean-up', 'end'])
    expect(state.outcome).to.equal('rolled-back')
  })

  it('keep a version from all users when a required one fails before', () => {
    const { steps, state } = drive(plan, (step, now) =>
      step.kind === 'hook' && step.moment === 'before' ? failed : allWell()(step, now),
    )
    expect(steps.map(({ kind }) => kind)).to.not.include('shift')
    expect(state.outcome).to.equal('rolled-back')
  })
})
