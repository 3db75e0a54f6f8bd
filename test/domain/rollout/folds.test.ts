import { expect } from 'chai'
import { describe, it } from 'mocha'
import { advance, outcomeOf } from '../../../domain/rollout/advance.ts'
import { splitOf } from '../../../domain/plan/split.ts'
import type { Phase, Request } from '../../../domain/rollout/phase.ts'
import type { RolloutPlan } from '../../../domain/plan/plan.ts'
import type { VerdictKind } from '../../../domain/rollout/reason.ts'
import type { RolloutState, Observation } from '../../../domain/rollout/rollout.ts'
import { beginRollout, isEnd, nextStep } from '../../../domain/rollout/rollout.ts'
import type { Answer } from './rollout-machine.ts'
import { allWell, canary, drive, planOf, request, stable } from './rollout-machine.ts'

const plan = planOf()
const gatedFirst = planOf({ strategy: { kind: 'blue-green', gate: 'manual', progressDeadlineMs: 1, scaleDownDelayMs: 0 } })
/** Passes every gate at once, for the weights and phases of a release that nothing stops. */
const passing: Answer = (step, now) =>
  now.phase === 'gated' && step.kind === 'analyse' ? { kind: 'request', request: request('promote') } : allWell()(step, now)
function at(phase: Phase, weight?: number): RolloutState {
  const { state } = drive(plan, passing, (now) => now.phase === phase && (weight === undefined || now.weight === weight))
  expect(state.phase).to.equal(phase)
  return state
}
const fold = (state: RolloutState, observation: Observation, of: RolloutPlan = plan): RolloutState =>
  advance(of, state, nextStep(of, state), observation)
const ask = (state: RolloutState, asked: Request, of: RolloutPlan = plan) => fold(state, { kind: 'request', request: asked }, of)
const say = (state: RolloutState, verdict: VerdictKind, of: RolloutPlan = plan) =>
  fold(state, { kind: 'verdict', verdict, detail: 'why' }, of)
const told = ({ drafts }: RolloutState) => drafts.map(({ kind, data }) => [kind, data])
const mode = (state: RolloutState, of: RolloutPlan = plan) => {
  const step = nextStep(of, state)
  return step.kind === 'analyse' ? step.mode : null
}
const inconclusively = (onInconclusive: 'extend' | 'rollback' | 'promote') =>
  planOf({ analysis: { ...plan.analysis, onInconclusive } })

const hook = { command: ['true'], timeoutMs: 1_000, required: true }

describe('a bake that shows nothing', () => {
  it('is extended by its longest time, each time again', () => {
    const extending = inconclusively('extend')
    const once = say(at('baking', 10), 'inconclusive', extending)
    expect(mode(once)).to.deep.equal({ kind: 'bake', minMs: 1_000, maxMs: 120_000 })
    expect(mode(say(once, 'inconclusive', extending))).to.deep.equal({ kind: 'bake', minMs: 1_000, maxMs: 180_000 })
  })

  it('is reverted or continued with the verdict as the reason', () => {
    const back = say(at('baking', 10), 'inconclusive', inconclusively('rollback'))
    expect([back.phase, back.reason]).to.deep.equal(['reverting', { code: 'inconclusive', detail: 'why' }])
    const on = say(
      at('baking', 10),
      'idle',
      planOf({ ...inconclusively('promote'), hooks: { ...plan.hooks, afterStep: [hook] } }),
    )
    expect(told(on)).to.deep.equal([['promoted-without-proof', { detail: 'why' }]])
    expect(on.reason).to.deep.equal({ code: 'promoted-without-proof', detail: 'why' })
    expect(say(at('baking', 10), 'inconclusive').reason).to.deep.equal({ code: 'inconclusive', detail: 'why' })
  })
})

describe('a watch that is held', () => {
  it('is extended by all requested times, not only by the last one', () => {
    const extend = { ...request('extend'), byMs: 60_000 }
    const again = ask(say(ask(say(at('watching'), 'both-bad'), extend), 'both-bad'), extend)
    expect(mode(again)).to.deep.equal({ kind: 'watch', forMs: plan.watchMs + 120_000 })
    expect(mode(ask(say(at('watching'), 'both-bad'), request('extend')))).to.deep.equal({ kind: 'watch', forMs: plan.watchMs })
  })
})

describe('a request that comes too late', () => {
  const late = (state: RolloutState, kind: Request['kind']) => {
    const after = ask(state, request(kind))
    expect(after, `${kind} while ${state.phase}`).to.deep.equal({
      ...state,
      drafts: after.drafts,
      draftCount: state.draftCount + 1,
    })
    expect(told(after).at(-1)).to.deep.equal(['request-too-late', { request: kind, reason: 'because', phase: state.phase }])
    expect(after.drafts.at(-1)?.actor).to.deep.equal({ kind: 'person', id: 'ann' })
  }

  it('changes nothing and is recorded: an abort after the old version was removed, a pause after the revert began', () => {
    late(at('ended'), 'abort')
    late(at('removing-old'), 'pause')
    late(at('watching'), 'pause')
    late(at('promoting'), 'extend')
    late(ask(at('baking', 10), request('abort')), 'abort')
    late(ask(at('baking', 10), request('abort')), 'pause')
  })

  it('is written before the wait continues, like every event that is not yet written', () => {
    const waits = drive(gatedFirst, allWell(), ({ phase, recorded }) => phase === 'gated' && recorded === 'gated').state
    expect(nextStep(gatedFirst, waits).kind).to.equal('await-request')
    const after = ask(waits, request('resume'), gatedFirst)
    expect(nextStep(gatedFirst, after).kind).to.equal('note')
    const noted = fold(after, { kind: 'done' }, gatedFirst)
    expect([noted.drafts, nextStep(gatedFirst, noted).kind]).to.deep.equal([[], 'await-request'])
  })

  it('is not thrown, while any other error is', () => {
    expect(() => ask(at('baking', 10), { kind: 'abort', reason: null } as unknown as Request)).to.throw(TypeError)
  })
})

describe('a request to a rollout', () => {
  it('is recorded with its caller, reason, duration and release, if they were given', () => {
    const baking = at('baking', 10)
    expect(told(ask(baking, { ...request('extend'), byMs: 5 }))).to.deep.equal([
      ['requested', { request: 'extend', reason: 'because', byMs: 5 }],
    ])
    expect(told(ask(baking, request('pause')))).to.deep.equal([['requested', { request: 'pause', reason: 'because' }]])
    expect(told(ask(baking, { ...request('abort'), because: 'superseded' }))).to.deep.equal([
      ['requested', { request: 'abort', reason: 'because', because: 'superseded' }],
      ['reverting', { code: 'superseded', detail: 'because' }],
    ])
  })

  it('gives the caller as the reason when there is none', () => {
    const silent = (because?: 'cancelled') => ({ ...request('abort'), reason: null, ...(because && { because }) })
    expect(ask(at('baking', 10), silent()).reason).to.deep.equal({ code: 'aborted', detail: 'asked by ann' })
    expect(ask(at('baking', 10), silent('cancelled')).reason).to.deep.equal({ code: 'cancelled', detail: 'asked by ann' })
    const waiting = { ...at('baking', 10), phase: 'needs-operator', hooks: null } as const
    expect(ask(waiting, { ...request('accept-as-is'), reason: null }).reason?.detail).to.equal('accepted by a person')
    expect(ask(waiting, request('accept-as-is')).reason?.detail).to.equal('because')
  })

  it('that aborts a queued rollout ends it without a revert, because nothing of it runs', () => {
    const queued = fold(beginRollout(), { kind: 'turn-waiting' })
    expect(ask(queued, request('abort'))).to.include({ phase: 'ended' })
  })

  it('for room is the reason of a shortened watch, and of no other watch', () => {
    const cut = ask(at('watching'), { ...request('promote'), because: 'cut-short' })
    expect(cut.reason).to.deep.equal({ code: 'watch-cut-short', detail: 'a newer release did not wait' })
    expect(ask(at('watching'), request('promote')).reason).to.equal(null)
  })

  it('to resume continues after a pause at a weight, or to the weight after a pause before it', () => {
    const paused = ask(at('baking', 10), request('pause'))
    expect(nextStep(plan, ask(paused, request('promote')))).to.include({ kind: 'shift', weight: 50 })
    const before = ask(at('shifting', 10), request('pause'))
    expect(nextStep(plan, ask(before, request('promote')))).to.include({ kind: 'shift', weight: 50 })
    const first = ask(at('shifting', 0), request('pause'))
    expect(nextStep(plan, ask(first, request('promote')))).to.include({ kind: 'shift', weight: 10 })
    expect(nextStep(plan, ask(at('gated', 50), request('promote')))).to.include({ kind: 'shift', weight: 100 })
  })

  it('to pause a starting version takes effect once it is ready', () => {
    const asked = ask(at('starting'), request('pause'))
    expect(asked).to.include({ phase: 'starting', isPausePending: true })
    expect(nextStep(plan, asked).kind).to.equal('prepare')
    const paused = drive(plan, allWell(), ({ phase }) => phase === 'paused', asked).state
    expect(paused, 'once').to.include({ isPausePending: false, weight: 0 })
    expect(nextStep(plan, ask(paused, request('resume')))).to.include({ kind: 'shift', weight: 10 })
  })

  it('comes to its gate from a pause before any traffic, and through it only when it is promoted there', () => {
    const asked = ask(drive(gatedFirst, allWell(), ({ phase }) => phase === 'starting').state, request('pause'), gatedFirst)
    const paused = drive(gatedFirst, allWell(), ({ phase }) => phase === 'paused', asked).state
    for (const kind of ['resume', 'promote'] as const) {
      const gated = ask(paused, request(kind), gatedFirst)
      expect(gated, kind).to.include({ phase: 'gated', weight: 0 })
      expect(told(gated).at(-1)).to.deep.equal(['gate-reached', { weight: 0 }])
      for (const on of ['promote', 'promote-fully'] as const)
        expect(ask(gated, request(on), gatedFirst), on).to.include({ phase: 'promoting' })
    }
  })

  it('goes to all traffic at once where it is promoted fully, from a gate too', () => {
    for (const state of [at('baking', 10), at('gated', 50)])
      expect(ask(state, request('promote-fully'))).to.include({ phase: 'promoting', reason: null })
  })
})

describe('the state of a rollout', () => {
  it('has the reason of a revert, a hold or a wait for an operator', () => {
    const dead = { code: 'dead', detail: 'why' }
    expect([say(at('baking', 10), 'dead').reason, told(say(at('baking', 10), 'dead'))]).to.deep.equal([
      dead,
      [['reverting', dead]],
    ])
    const bad = { code: 'split-broken', detail: 'why' }
    expect([say(at('baking', 10), 'split-broken').reason, told(say(at('baking', 10), 'split-broken'))]).to.deep.equal([
      bad,
      [['held', bad]],
    ])
    const reason = { code: 'step-failed', detail: 'no target', hint: 'start it' } as const
    const stuck = fold(fold(say(at('baking', 10), 'fail'), { kind: 'done' }), { kind: 'failed', reason })
    expect([stuck.phase, told(stuck)]).to.deep.equal(['needs-operator', [['revert-failed', { ...reason }]]])
  })

  it('drops a pause in a revert', () => {
    expect(ask(ask(at('starting'), request('pause')), request('abort'))).to.include({ phase: 'reverting', isPausePending: false })
  })

  it('takes its end from the row when something else ended its turn, with nothing left to write', () => {
    const asked = ask(at('baking', 10), request('extend'))
    const over = fold(asked, { kind: 'turn-over', outcome: 'superseded' })
    expect(over).to.deep.include({
      phase: 'ended',
      outcome: 'superseded',
      recorded: 'ended',
      hooks: null,
      drafts: [],
      weight: 10,
    })
    expect(isEnd(over)).to.equal(true)
  })

  it('is over only once its end is decided and written', () => {
    const over = { ...beginRollout(), phase: 'ended', outcome: 'aborted', recorded: 'ended' } as const
    expect(isEnd(over)).to.equal(true)
    for (const change of [{ phase: 'removing-old' }, { outcome: null }, { recorded: 'removing-old' }] as const)
      expect(isEnd({ ...over, ...change }), JSON.stringify(change)).to.equal(false)
  })

  it('takes a new step number for each step and none for a wait, which reads its turn again at a signal', () => {
    const waits = fold(beginRollout(), { kind: 'turn-waiting' })
    expect([waits.step, waits.queued, nextStep(plan, waits).kind]).to.deep.equal([2, true, 'await-turn'])
    const signalled = fold(waits, { kind: 'turn-signalled' })
    expect([signalled.step, signalled.queued, nextStep(plan, signalled).kind]).to.deep.equal([2, false, 'take-turn'])
    const gated = drive(gatedFirst, allWell(), ({ phase, recorded }) => phase === 'gated' && recorded === 'gated').state
    for (const [state, of] of [
      [waits, plan],
      [gated, gatedFirst],
    ] as const)
      expect(fold(state, { kind: 'done' }, of)).to.deep.equal(state)
  })

  it('numbers every draft once, so that each is written once', () => {
    const twice = ask(ask(at('baking', 10), request('extend')), request('abort'))
    const counts = twice.drafts.map(({ n }) => n)
    expect(counts).to.deep.equal([...new Set(counts)].toSorted((a, b) => a - b))
    expect(twice.draftCount).to.equal((counts.at(-1) ?? 0) + 1)
  })

  it('keeps why it was gated: the reverted version, or the stable one that does not serve', () => {
    const taken = { kind: 'turn-taken', stable, stableReplicas: 4, mustRestore: false, twin: null } as const
    const behind = (outcome: 'aborted' | 'rolled-back') => {
      const state = fold(beginRollout(), { ...taken, twin: { release: 'shop-1', outcome } })
      const detail = `shop-1, the same version, was ${outcome === 'aborted' ? 'aborted' : 'rolled back'} while this one waited`
      expect([state.reason, told(state)]).to.deep.equal([
        { code: 'twin-reverted', detail },
        [['twin-reverted', { release: 'shop-1', outcome, detail }]],
      ])
    }
    behind('aborted')
    behind('rolled-back')
    const restoring = fold(beginRollout(), { ...taken, stable: plan.canary, mustRestore: true })
    expect([restoring.moves, restoring.stable]).to.deep.equal([[], null])
    expect(told(restoring)).to.deep.equal([
      ['restoring', { version: '1.1.0', detail: 'it is stable already, but does not serve' }],
    ])
    const lost = planOf({ kind: 'rollback', recoversLost: true })
    expect(fold(beginRollout(), taken, lost).reason).to.deep.equal({
      code: 'lost',
      detail: 'the rollout that had the turn was lost',
    })
  })

  it('is a revert at once where its verdict comes beside a change of weight, whose result nobody knows', () => {
    for (const verdict of ['fail', 'dead', 'blind'] as const) {
      const back = say(at('shifting', 10), verdict)
      expect(back, verdict).to.deep.include({ phase: 'reverting', weight: 10, reason: { code: verdict, detail: 'why' } })
      expect(say(at('promoting'), verdict), `${verdict} while promoting`).to.include({ phase: 'reverting' })
    }
  })

  it('is another analysis where one ends without a verdict, under the next number', () => {
    const baking = at('baking', 10)
    const again = fold(baking, { kind: 'done' })
    expect(again).to.deep.equal({ ...baking, step: baking.step + 1, drafts: [], recorded: 'baking' })
    expect(nextStep(plan, again)).to.deep.equal(nextStep(plan, baking))
  })

  it('is decided once: an outcome that stands is no longer read from the reason', () => {
    const failed = { code: 'revert-failed', detail: '' } as const
    const stuck = { ...at('baking', 10), phase: 'needs-operator', reason: failed } as const
    expect(outcomeOf({ ...stuck, outcome: 'superseded' })).to.equal('superseded')
    expect(outcomeOf(stuck)).to.equal('rolled-back')
  })

  it('is a hold instead of a revert only when a first release has all traffic', () => {
    const first = drive(plan, allWell(null), ({ phase }) => phase === 'promoting').state
    expect(fold(first, { kind: 'failed', reason: { code: 'blind', detail: '' } })).to.include({ phase: 'reverting' })
    expect(fold(at('promoting'), { kind: 'failed', reason: { code: 'step-failed', detail: '' } })).to.include({
      phase: 'reverting',
    })
    const watching = drive(plan, allWell(null), ({ phase }) => phase === 'watching').state
    expect(watching).to.include({ extraBakeMs: 0, weight: 100, stable: null })
    expect(fold(watching, { kind: 'failed', reason: { code: 'blind', detail: '' } })).to.include({ phase: 'held' })
    const broken = { kind: 'failed', reason: { code: 'step-failed', detail: '' } } as const
    expect(fold(watching, broken), 'a step of ours').to.include({ phase: 'reverting' })
  })

  it('begins without events to write and without moves', () => {
    expect(beginRollout()).to.deep.include({ drafts: [], moves: [], draftCount: 0, recorded: 'queued', step: 1 })
  })

  it('needs no replica without traffic, and one for the least of it', () => {
    expect([-1, 0, 1, 50, 100].map((weight) => splitOf({ config: {} }).canaryReplicas(weight, 4))).to.deep.equal([0, 0, 1, 2, 4])
  })

  it('watches a move that bakes nothing no longer than that', () => {
    const still = planOf({ strategy: { ...canary, kind: 'blue-green', gate: null } })
    expect(mode({ ...at('baking', 10), moves: [{ weight: 10, bake: null, gate: null }] }, still)).to.deep.equal({
      kind: 'bake',
      minMs: 0,
      maxMs: 0,
    })
  })
})
