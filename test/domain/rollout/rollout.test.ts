import { expect } from 'chai'
import { describe, it } from 'mocha'
import { advance } from '../../../domain/rollout/advance.ts'
import type { Phase } from '../../../domain/rollout/phase.ts'
import type { RolloutPlan } from '../../../domain/plan/plan.ts'
import type { RolloutState } from '../../../domain/rollout/rollout.ts'
import { beginRollout, nextStep } from '../../../domain/rollout/rollout.ts'
import { allWell, drive, planOf, request, stable } from './rollout-machine.ts'
import type { Answer } from './rollout-machine.ts'

const kinds = (steps: readonly { kind: string }[]) => steps.map(({ kind }) => kind).join(' ')
const weights = (steps: readonly object[]) => steps.flatMap((step) => ('weight' in step ? [step.weight] : []))
const inPhase = (phase: Phase, weight?: number) => (state: { phase: Phase; weight: number }) =>
  state.phase === phase && (weight === undefined || state.weight === weight)

const straight = planOf({ strategy: { kind: 'blue-green', gate: null, progressDeadlineMs: 1, scaleDownDelayMs: 0 } })

describe('a rollout', () => {
  it('takes a good canary through each weight, its gate, promotion and watch', () => {
    const gatedAt: number[] = []
    const { state, steps } = drive(planOf(), (step, now) => {
      if (now.phase !== 'gated') return allWell()(step, now)
      gatedAt.push(now.weight)
      expect(now.drafts.map(({ kind, data }) => [kind, data])).to.deep.equal([['gate-reached', { weight: 50 }]])
      return { kind: 'request', request: request('promote') }
    })
    expect(state.outcome).to.equal('succeeded')
    expect(weights(steps)).to.deep.equal([10, 50, 100])
    expect(gatedAt).to.deep.equal([50])
  })

  it('takes a first release straight to promotion and watch', () => {
    const { state, steps } = drive(planOf(), allWell(null))
    expect(state.outcome).to.equal('succeeded')
    expect(kinds(steps)).to.equal('take-turn prepare shift analyse remove-old')
  })

  it('does nothing for a revision that is already stable', () => {
    const { state, steps } = drive(planOf({ canary: stable }), allWell())
    expect(state.outcome).to.equal('succeeded')
    expect(kinds(steps)).to.equal('take-turn end')
  })

  it('starts a stable version again that does not serve, like a first release, because no other version is beside it', () => {
    const restoring: Answer = (step, now) =>
      step.kind === 'take-turn'
        ? { kind: 'turn-taken', stable, stableReplicas: 4, mustRestore: true, twin: null }
        : allWell()(step, now)
    const { state, steps } = drive(planOf({ canary: stable }), restoring)
    expect(kinds(steps)).to.equal('take-turn prepare shift analyse remove-old')
    expect([weights(steps), state.outcome]).to.deep.equal([[100], 'succeeded'])
  })

  it('is gated when a release of the same version was reverted while it waited, and after a promotion takes every step', () => {
    const twin = { release: 'shop-1', outcome: 'aborted' } as const
    const told: Answer = (step, now) =>
      step.kind === 'take-turn'
        ? { kind: 'turn-taken', stable, stableReplicas: 4, mustRestore: false, twin }
        : allWell()(step, now)
    const asking = drive(planOf(), told, inPhase('gated', 0)).state
    expect(asking.reason).to.deep.equal({
      code: 'twin-reverted',
      detail: 'shop-1, the same version, was aborted while this one waited',
    })
    expect(asking.drafts.map(({ kind }) => kind)).to.deep.equal(['twin-reverted'])
    for (const kind of ['promote', 'promote-fully'] as const) {
      const step = nextStep(planOf(), asking)
      const agreed = advance(planOf(), asking, step, { kind: 'request', request: request(kind) })
      expect([agreed.phase, agreed.reason, nextStep(planOf(), agreed).kind], kind).to.deep.equal(['starting', null, 'prepare'])
    }
    const { state, steps } = drive(straight, told)
    expect([state.outcome, weights(steps)]).to.deep.equal(['succeeded', [100]])
    const refused = advance(planOf(), asking, nextStep(planOf(), asking), { kind: 'request', request: request('abort') })
    expect([refused.phase, refused.reason?.code, nextStep(planOf(), refused).kind]).to.deep.equal([
      'reverting',
      'aborted',
      'revert-traffic',
    ])
  })

  it('is reverted at once when its verdict is fail: weight first, then the rest', () => {
    const { state, steps } = drive(planOf(), (step, now) =>
      step.kind === 'analyse' ? { kind: 'verdict', verdict: 'fail', detail: '5 % errors' } : allWell()(step, now),
    )
    expect(state.outcome).to.equal('rolled-back')
    expect(kinds(steps)).to.equal('take-turn prepare shift analyse revert-traffic clean-up end')
  })

  it('is reverted as blind when no analysis slot was free, and earlier requests are written with the revert', () => {
    const nobody = { kind: 'failed', reason: { code: 'blind', detail: 'no worker' } } as const
    const { state } = drive(planOf(), (step, now) => (step.kind === 'analyse' ? nobody : allWell()(step, now)), inPhase('baking'))
    const asked = advance(planOf(), state, nextStep(planOf(), state), { kind: 'request', request: request('extend') })
    const back = advance(planOf(), asked, nextStep(planOf(), asked), nobody)
    expect([back.phase, back.reason?.code, nextStep(planOf(), back).kind]).to.deep.equal(['reverting', 'blind', 'revert-traffic'])
    expect(back.drafts.map(({ kind }) => kind)).to.deep.equal(['requested', 'reverting'])
    expect(back.step).to.equal(asked.step + 1)
  })

  it('is held as blind, with its traffic, when there is no version to revert to', () => {
    const said = { kind: 'verdict', verdict: 'blind', detail: '' } as const
    const nobody = { kind: 'failed', reason: { code: 'blind', detail: 'no worker' } } as const
    for (const blind of [said, nobody]) {
      const { state } = drive(
        planOf(),
        (step, now) => (step.kind === 'analyse' ? blind : allWell(null)(step, now)),
        inPhase('held'),
      )
      expect([state.weight, state.reason?.code], blind.kind).to.deep.equal([100, 'blind'])
      expect(state.drafts.map(({ kind }) => kind)).to.deep.equal(['held'])
    }
  })

  it('waits for an operator when the revert fails, and tries again on request', () => {
    let broken = true
    const answer = (step: { kind: string }, now: Parameters<ReturnType<typeof allWell>>[1]) => {
      if (step.kind === 'analyse') return { kind: 'verdict', verdict: 'fail', detail: '' } as const
      if (step.kind === 'revert-traffic' && broken)
        return { kind: 'failed', reason: { code: 'step-failed', detail: 'no target' } } as const
      if (step.kind === 'await-request') {
        broken = false
        return { kind: 'request', request: request('retry-revert') } as const
      }
      return allWell()(step as never, now)
    }
    const { state, steps } = drive(planOf(), answer)
    expect(kinds(steps)).to.equal('take-turn prepare shift analyse revert-traffic note await-request revert-traffic clean-up end')
    expect(state.outcome).to.equal('rolled-back')
  })

  it('ends with the reason of its revert, although the revert failed meanwhile, unless it is accepted as it is', () => {
    const plan = planOf()
    const { state } = drive(plan, allWell(), inPhase('baking', 10))
    const ask = (from: typeof state, kind: 'abort' | 'retry-revert' | 'accept-as-is') =>
      advance(plan, from, nextStep(plan, from), { kind: 'request', request: request(kind) })
    const back = ask({ ...state, reason: null }, 'abort')
    const failed = advance(plan, back, nextStep(plan, back), {
      kind: 'failed',
      reason: { code: 'step-failed', detail: 'no target' },
    })
    expect([failed.phase, failed.reason?.code]).to.deep.equal(['needs-operator', 'revert-failed'])
    expect(drive(plan, allWell(), undefined, ask(failed, 'retry-revert')).state.outcome).to.equal('aborted')
    const superseded = { ...failed, outcome: 'superseded' as const }
    expect(drive(plan, allWell(), undefined, ask(superseded, 'retry-revert')).state.outcome).to.equal('superseded')
    expect(drive(plan, allWell(), undefined, ask(superseded, 'accept-as-is')).state.outcome).to.equal('aborted')
  })

  it('pauses where it is, stays guarded, and continues its bake when resumed', () => {
    const plan = planOf()
    const { state } = drive(plan, allWell(), inPhase('baking', 10))
    const paused = advance(plan, state, nextStep(plan, state), { kind: 'request', request: request('pause') })
    expect(nextStep(plan, paused)).to.deep.include({ kind: 'analyse', mode: { kind: 'wait', forMs: 86_400_000 } })
    const resumed = advance(plan, paused, nextStep(plan, paused), { kind: 'request', request: request('resume') })
    expect(resumed.phase).to.equal('baking')
    expect(resumed.weight).to.equal(10)
  })

  it('keeps a pause that was requested while the version started', () => {
    const plan = planOf()
    const { state } = drive(plan, allWell(), inPhase('starting'))
    const asked = advance(plan, state, nextStep(plan, state), { kind: 'request', request: request('pause') })
    const { state: waiting } = drive(plan, allWell(), inPhase('paused'), asked)
    expect(waiting.weight).to.equal(0)
    expect(nextStep(plan, waiting).kind).to.equal('note')
  })

  it('writes its row again when a wait without traffic is signalled, because the row has the request', () => {
    const plan = planOf({ strategy: { kind: 'blue-green', gate: 'manual', progressDeadlineMs: 1, scaleDownDelayMs: 0 } })
    const { state } = drive(plan, allWell(), (now) => now.phase === 'gated' && now.recorded === 'gated')
    expect(nextStep(plan, state).kind).to.equal('await-request')
    const signalled = advance(plan, state, nextStep(plan, state), { kind: 'turn-signalled' })
    expect(nextStep(plan, signalled).kind).to.equal('note')
  })

  it('moves no traffic after a pause, requested during the start or between two weights', () => {
    for (const weight of [0, 10]) {
      const plan = planOf()
      const { state } = drive(plan, allWell(), inPhase('shifting', weight))
      const asked = advance(plan, state, nextStep(plan, state), { kind: 'request', request: request('pause') })
      expect([asked.phase, asked.weight]).to.deep.equal(['paused', weight])
      const resumed = advance(plan, asked, nextStep(plan, asked), { kind: 'request', request: request('resume') })
      expect(nextStep(plan, resumed)).to.include({ kind: 'shift', weight: weight === 0 ? 10 : 50 })
    }
  })

  it('does what was accepted at the moment the previous phase ended: a pause before promotion, an abort before the end', () => {
    const rolling = planOf({
      strategy: { kind: 'rolling', availability: { count: 2 }, progressDeadlineMs: 1, scaleDownDelayMs: 0 },
    })
    const { state } = drive(rolling, allWell(), inPhase('promoting', 50))
    const paused = advance(rolling, state, nextStep(rolling, state), { kind: 'request', request: request('pause') })
    expect([paused.phase, paused.weight, nextStep(rolling, paused).kind]).to.deep.equal(['paused', 50, 'analyse'])
    const resumed = advance(rolling, paused, nextStep(rolling, paused), { kind: 'request', request: request('resume') })
    expect(nextStep(rolling, resumed)).to.include({ kind: 'shift', weight: 100 })
    const over = drive(straight, allWell(), inPhase('removing-old')).state
    expect(advance(straight, over, nextStep(straight, over), { kind: 'request', request: request('abort') }).phase).to.equal(
      'reverting',
    )
  })

  it('gives all traffic to as many replicas as the stable version has, or as newly declared', () => {
    const last = (plan: RolloutPlan) => drive(plan, allWell(), inPhase('watching')).steps.findLast(({ kind }) => kind === 'shift')
    expect(last(straight), 'the same declared: an autoscaler made it 4').to.include({ weight: 100, replicas: 4 })
    expect(last(planOf({ ...straight, replicas: 7 })), 'more declared').to.include({ weight: 100, replicas: 7 })
    expect(last(planOf({ ...straight, replicas: 1 })), 'fewer declared').to.include({ weight: 100, replicas: 1 })
    expect(last(planOf({ ...straight, replicas: 1, kind: 'rollback' })), 'back in need').to.include({ weight: 100, replicas: 4 })
  })

  it('watches anew, and longer if requested, when a held watch is extended', () => {
    const { state } = drive(straight, allWell(), inPhase('watching'))
    const held = advance(straight, state, nextStep(straight, state), { kind: 'verdict', verdict: 'both-bad', detail: '' })
    const extend = { ...request('extend'), byMs: 60_000 }
    const again = advance(straight, held, nextStep(straight, held), { kind: 'request', request: extend })
    expect(nextStep(straight, again)).to.deep.equal({ kind: 'analyse', mode: { kind: 'watch', forMs: 960_000 } })
  })

  it('writes the caller and the reason with its next step, once', () => {
    const plan = planOf()
    const { state } = drive(plan, allWell(), inPhase('baking', 10))
    const asked = advance(plan, state, nextStep(plan, state), { kind: 'request', request: request('abort') })
    expect(asked.drafts.map(({ kind, actor }) => [kind, actor?.id])).to.deep.equal([
      ['requested', 'ann'],
      ['reverting', undefined],
    ])
    const after = advance(plan, asked, { kind: 'revert-traffic' }, { kind: 'done' })
    expect(after.drafts).to.deep.equal([])
  })

  it('is held when both versions are bad, because a revert would not help', () => {
    const plan = planOf()
    const { state } = drive(plan, allWell(), inPhase('baking', 10))
    const held = advance(plan, state, nextStep(plan, state), { kind: 'verdict', verdict: 'both-bad', detail: '' })
    expect(held.phase).to.equal('held')
  })

  it('continues without proof only if declared, whether too few requests came or none', () => {
    const phaseAfter = (onInconclusive: 'hold' | 'extend' | 'rollback' | 'promote', verdict: 'inconclusive' | 'idle') => {
      const { analysis } = planOf()
      const plan = planOf({ analysis: { ...analysis, onInconclusive } })
      const { state } = drive(plan, allWell(), inPhase('baking', 10))
      return advance(plan, state, nextStep(plan, state), { kind: 'verdict', verdict, detail: '' }).phase
    }
    for (const verdict of ['inconclusive', 'idle'] as const) {
      const phases = (['hold', 'extend', 'rollback', 'promote'] as const).map((policy) => phaseAfter(policy, verdict))
      expect(phases, verdict).to.deep.equal(['held', 'baking', 'reverting', 'shifting'])
    }
  })

  it('continues to hold a first release when no person decides in time, because no other version could serve', () => {
    const plan = planOf()
    const first = drive(plan, allWell(null), inPhase('watching', 100)).state
    const said = (state: RolloutState, verdict: 'fail' | 'over') =>
      advance(plan, state, nextStep(plan, state), { kind: 'verdict', verdict, detail: '' })
    expect([said(said(first, 'fail'), 'over')].map(({ phase, reason }) => [phase, reason?.code])).to.deep.equal([
      ['held', 'max-hold'],
    ])
  })

  it('is reverted to nothing when a first release has no healthy replica, because it serves nobody', () => {
    const { steps, state } = drive(planOf(), (step, now) =>
      step.kind === 'analyse' ? { kind: 'verdict', verdict: 'dead', detail: '' } : allWell(null)(step, now),
    )
    expect(kinds(steps)).to.equal('take-turn prepare shift analyse revert-traffic clean-up end')
    expect([state.outcome, state.weight]).to.deep.equal(['rolled-back', 0])
  })

  it('of a rollback brings an earlier version back at once, without steps or gates', () => {
    const { steps, state } = drive(planOf({ kind: 'rollback' }), allWell())
    expect(kinds(steps)).to.equal('take-turn prepare shift analyse remove-old')
    expect([weights(steps), state.outcome]).to.deep.equal([[100], 'succeeded'])
  })

  it('starts as many replicas as its first weight needs, or all for all traffic', () => {
    const prepared = (plan: RolloutPlan) => drive(plan, allWell()).steps.find(({ kind }) => kind === 'prepare')
    expect(prepared(planOf()), '10 % beside four').to.deep.include({ replicas: 1 })
    expect(prepared(straight), 'all at once').to.deep.include({ replicas: 4 })
  })

  it('keeps the old version warm and analyses for the watch and the scale-down delay together', () => {
    const plan = planOf({ strategy: { ...straight.strategy, scaleDownDelayMs: 30_000 } })
    const { state } = drive(plan, allWell(), inPhase('watching'))
    expect(nextStep(plan, state)).to.deep.equal({ kind: 'analyse', mode: { kind: 'watch', forMs: 930_000 } })
  })

  it('begins with the revert if it recovers a lost rollout, and starts nothing', () => {
    const { state, steps } = drive(planOf({ kind: 'rollback', recoversLost: true }), allWell(), undefined, beginRollout())
    expect(kinds(steps)).to.equal('take-turn revert-traffic clean-up end')
    expect(state.outcome).to.equal('rolled-back')
  })
})
