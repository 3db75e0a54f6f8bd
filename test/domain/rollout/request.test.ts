import { expect } from 'chai'
import { describe, it } from 'mocha'
import { advance } from '../../../domain/rollout/advance.ts'
import type { Request } from '../../../domain/rollout/phase.ts'
import type { VerdictKind } from '../../../domain/rollout/reason.ts'
import type { RolloutState } from '../../../domain/rollout/rollout.ts'
import { nextStep } from '../../../domain/rollout/rollout.ts'
import { allWell, drive, planOf, request } from './rollout-machine.ts'

const plan = planOf()
const baking = (weight: number): RolloutState =>
  drive(plan, allWell(), (state) => state.phase === 'baking' && state.weight === weight).state
const ask = (state: RolloutState, sent: Request): RolloutState =>
  advance(plan, state, nextStep(plan, state), { kind: 'request', request: sent })
const say = (state: RolloutState, verdict: VerdictKind): RolloutState =>
  advance(plan, state, nextStep(plan, state), { kind: 'verdict', verdict, detail: '' })
const longestBakeMs = (state: RolloutState): number => {
  const step = nextStep(plan, state)
  return step.kind === 'analyse' && step.mode.kind === 'bake' ? step.mode.maxMs : NaN
}

describe('a request to extend', () => {
  it('lengthens the bake by the requested time, else by its whole length, each time it is sent', () => {
    const once = ask(baking(10), { ...request('extend'), byMs: 5_000 })
    expect(longestBakeMs(once)).to.equal(65_000)
    expect(longestBakeMs(ask(once, request('extend')))).to.equal(125_000)
    expect(longestBakeMs(ask(say(baking(10), 'inconclusive'), request('extend'))), 'of what was held').to.equal(120_000)
  })

  it('lengthens only this bake: the next step and the watch last as declared', () => {
    const longer = ask(baking(10), request('extend'))
    const watching = drive(plan, allWell(), ({ phase }) => phase === 'watching', ask(longer, request('promote-fully'))).state
    expect(nextStep(plan, watching)).to.deep.equal({ kind: 'analyse', mode: { kind: 'watch', forMs: plan.watchMs } })
    const { state } = drive(plan, allWell(), ({ phase, weight }) => phase === 'baking' && weight === 50, longer)
    expect(longestBakeMs(state)).to.equal(60_000)
  })
})

describe('a request to abort', () => {
  it('says in the outcome whether it made room for a newer release', () => {
    const outcomeAfter = (because?: 'superseded' | 'cancelled') =>
      drive(plan, allWell(), undefined, ask(baking(10), { ...request('abort'), ...(because && { because }) })).state.outcome
    expect([outcomeAfter(), outcomeAfter('superseded'), outcomeAfter('cancelled')]).to.deep.equal([
      'aborted',
      'superseded',
      'aborted',
    ])
  })
})
