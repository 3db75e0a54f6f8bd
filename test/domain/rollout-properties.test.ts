import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { advance } from '../../domain/advance.ts'
import { replicasFor } from '../../domain/moves.ts'
import { legalRequests, phases } from '../../domain/phase.ts'
import type { RolloutState, Seen, Step, VerdictKind } from '../../domain/rollout.ts'
import { beginRollout, isEnd, nextStep } from '../../domain/rollout.ts'
import { planOf, request, stable } from './rollout-machine.ts'

const verdicts: readonly VerdictKind[] = [
  'fail',
  'both-bad',
  'split-broken',
  'pass',
  'inconclusive',
  'idle',
  'blind',
  'over',
  'dead',
]
const hook = { command: ['true'], timeoutMs: 1_000, required: true }
const plan = planOf({
  hooks: { before: [hook], afterStep: [hook], after: [hook], wayBack: [hook] },
  smoke: [{ path: '/', status: 200, withinMs: 1 }],
})

const anyOf = <T>(list: readonly T[], n: number): T => list[n % list.length] as T

/** What leads on. */
const wanted = (step: Step): VerdictKind => (step.kind === 'analyse' && step.mode.kind !== 'bake' ? 'over' : 'pass')

/** Something that can really be seen of `step`, chosen by `n`. */
function seen(step: Step, state: RolloutState, n: number): Seen {
  const legal = legalRequests(state.phase)
  // Seldom: what is asked all the time never gets anywhere.
  const kind = n % 5 === 0 && legal.length > 0 ? anyOf(legal, n / 5) : undefined
  if (kind && state.phase !== 'ended') return { kind: 'request', request: request(kind) }
  if (step.kind === 'take-turn') return n % 2 ? { kind: 'turn-taken', stable, stableReplicas: 4 } : { kind: 'turn-waiting' }
  if (step.kind === 'await-turn') return { kind: 'turn-signalled' }
  if (step.kind === 'analyse' || ('guarded' in step && step.guarded && n % 6 === 0))
    return { kind: 'verdict', verdict: n % 4 === 0 ? anyOf(verdicts, n / 4) : wanted(step), detail: '' }
  const mayFail = !['note', 'end', 'retire', 'await-request'].includes(step.kind)
  return n % 7 === 0 && mayFail ? { kind: 'failed', reason: { code: 'act-failed', detail: '' } } : { kind: 'done' }
}

function walk(choices: readonly number[], each: (before: RolloutState, step: Step, after: RolloutState) => void): RolloutState {
  let state = beginRollout()
  for (const n of choices) {
    if (isEnd(state)) break
    const step = nextStep(plan, state)
    const after = advance(plan, state, step, seen(step, state, n))
    each(state, step, after)
    state = after
  }
  return state
}

const choices = fc.array(fc.nat(1_000), { maxLength: 60 })

describe('whatever is seen and asked of a rollout', () => {
  it('never leaves the machine', () => {
    fc.assert(
      fc.property(choices, (list) => {
        walk(list, (_, __, after) => expect(phases).to.include(after.phase))
      }),
    )
  })

  it('never gives a weight more than its ready replicas carry', () => {
    fc.assert(
      fc.property(choices, (list) => {
        walk(list, (before, step) => {
          if (step.kind === 'shift')
            expect(step.replicas).to.be.at.least(replicasFor(step.weight, before.stable ? 4 : plan.replicas))
        })
      }),
    )
  })

  it('never has traffic at a version while nobody looks', () => {
    fc.assert(
      fc.property(choices, (list) => {
        walk(list, (before, step) => {
          if (step.kind === 'hook' || step.kind === 'shift') expect(step.guarded).to.equal(before.weight > 0)
          if (before.weight > 0 && before.phase !== 'needs-operator')
            expect(step.kind).to.not.be.oneOf(['smoke', 'prepare', 'await-request'])
        })
      }),
    )
  })

  it('never lowers the fence, and never raises the weight on the way back', () => {
    fc.assert(
      fc.property(choices, (list) => {
        walk(list, (before, step, after) => {
          expect(after.step).to.be.at.least(before.step)
          if (before.phase === 'going-back') expect(after.weight).to.be.at.most(before.weight)
          if (before.phase === 'going-back') expect(step.kind).to.not.equal('shift')
        })
      }),
    )
  })

  it('reaches the way back, and with it an end, from everywhere that holds traffic', () => {
    fc.assert(
      fc.property(choices, (list) => {
        let state = walk(list, () => {})
        for (let n = 0; n < 30 && !isEnd(state); n += 1) {
          const step = nextStep(plan, state)
          const wish = (['abort', 'retry-way-back'] as const).find((kind) =>
            legalRequests(state.phase).some((legal) => legal === kind),
          )
          const plain: Seen = step.kind === 'analyse' ? { kind: 'verdict', verdict: 'over', detail: '' } : { kind: 'done' }
          state = advance(plan, state, step, wish ? { kind: 'request', request: request(wish) } : plain)
        }
        expect(isEnd(state), `stuck in ${state.phase}`).to.equal(true)
      }),
    )
  })
})
