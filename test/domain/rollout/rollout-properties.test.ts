import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { advance } from '../../../domain/rollout/advance.ts'
import { isLegal, legalRequests, phases } from '../../../domain/rollout/phase.ts'
import type { RolloutPlan } from '../../../domain/plan/plan.ts'
import type { VerdictKind } from '../../../domain/rollout/reason.ts'
import type { AnalysisMode, RolloutState, Observation, Step } from '../../../domain/rollout/rollout.ts'
import { beginRollout, isEnd, nextStep } from '../../../domain/rollout/rollout.ts'
import { allWell, canary, planOf, request, stable } from './rollout-machine.ts'

/** What an analysis answers in each mode (verdict.ts). A change of weight is never held, so no hold stands between two weights. */
const broken = ['fail', 'blind', 'dead'] as const
const verdicts: Readonly<Record<AnalysisMode['kind'], readonly VerdictKind[]>> = {
  shift: broken,
  wait: [...broken, 'over'],
  guard: [...broken, 'both-bad', 'split-broken'],
  watch: [...broken, 'both-bad', 'split-broken', 'over'],
  bake: [...broken, 'both-bad', 'split-broken', 'pass', 'inconclusive', 'idle'],
}
const hook = { command: ['true'], timeoutMs: 1_000, required: true }
const pace = { progressDeadlineMs: 60_000, scaleDownDelayMs: 0 }
const plans: readonly RolloutPlan[] = [
  canary,
  { ...pace, kind: 'rolling', availability: { count: 3 } } as const,
  { ...pace, kind: 'blue-green', gate: 'manual' } as const,
].map((strategy) =>
  planOf({
    strategy,
    hooks: { before: [hook], afterStep: [hook], after: [hook], afterRevert: [hook] },
    smoke: [{ path: '/', status: 200, withinMs: 1 }],
  }),
)

/** A plan, whether there is a stable version, and a number that chooses each observation. */
interface Course {
  readonly plan: RolloutPlan
  readonly isFirst: boolean
  readonly choices: readonly number[]
}

const courses = fc.record({
  plan: fc.constantFrom(...plans),
  isFirst: fc.nat(4).map((n) => n === 0),
  choices: fc.array(fc.nat(10_000), { minLength: 10, maxLength: 80 }),
})

/** The mode of the analysis that `step` is, or that runs beside it. */
function modeOf(step: Step): AnalysisMode['kind'] | null {
  if (step.kind === 'analyse') return step.mode.kind
  if ((step.kind !== 'hook' && step.kind !== 'shift') || !step.guarded) return null
  return step.kind === 'hook' ? 'guard' : 'shift'
}

/** A possible observation of `step`, chosen by `n`. It mostly advances the rollout, so that courses reach late phases. */
function observation({ isFirst }: Course, step: Step, state: RolloutState, n: number): Observation {
  const legal = legalRequests(state.phase)
  const nth = Math.floor(n / 7)
  const kind = legal[nth % (legal.length || 1)]
  if (kind && (n % 7 === 0 || step.kind === 'await-request')) return { kind: 'request', request: request(kind) }
  if (step.kind === 'take-turn' && n % 3 === 0) return { kind: 'turn-waiting' }
  if (step.kind === 'await-turn') return { kind: 'turn-signalled' }
  const mode = modeOf(step)
  const answers = mode ? verdicts[mode] : []
  if (mode && n % 7 === 1) return { kind: 'verdict', verdict: answers[nth % answers.length] ?? 'fail', detail: '' }
  const mayFail = !['take-turn', 'analyse', 'note', 'end', 'remove-old', 'await-request'].includes(step.kind)
  if (mayFail && n % 7 === 2) return { kind: 'failed', reason: { code: 'step-failed', detail: '' } }
  return allWell(isFirst ? null : stable)(step, state)
}

function walk(course: Course, each: (before: RolloutState, step: Step, after: RolloutState) => void): RolloutState {
  let state = beginRollout()
  for (const n of course.choices) {
    if (isEnd(state)) break
    const step = nextStep(course.plan, state)
    const after = advance(course.plan, state, step, observation(course, step, state, n))
    each(state, step, after)
    state = after
  }
  return state
}

const holds = (property: (course: Course) => void) => fc.assert(fc.property(courses, property), { numRuns: 1_000 })

/** A wait does nothing, and a request is folded between steps. */
const isAct = (step: Step, before: RolloutState, after: RolloutState): boolean =>
  step.kind !== 'await-turn' && step.kind !== 'await-request' && after.draftCount === before.draftCount

describe('a rollout under any observations and requests', () => {
  it('is covered in every phase and step, guarded and not', () => {
    const met = new Set<string>()
    for (const course of fc.sample(courses, { seed: 1, numRuns: 1_000 }))
      walk(course, (_, step, { phase }) => {
        met.add(phase)
        met.add('guarded' in step ? `${step.kind} ${step.guarded ? 'guarded' : 'alone'}` : step.kind)
      })
    const steps = [
      'prepare',
      'smoke',
      'analyse',
      'await-turn',
      'await-request',
      'remove-old',
      'revert-traffic',
      'clean-up',
      'end',
    ]
    const guarded = ['hook', 'shift'].flatMap((kind) => [`${kind} guarded`, `${kind} alone`])
    expect(met).to.include.all.keys(...phases, ...steps, ...guarded)
  })

  it('never leaves the state machine', () => {
    holds((course) => {
      walk(course, (_, __, after) => expect(phases).to.include(after.phase))
    })
  })

  it('never gives a weight more than its ready replicas carry', () => {
    holds((course) => {
      walk(course, (before, step) => {
        const replicas = before.stable ? 4 : course.plan.replicas
        if (step.kind === 'shift') expect(step.replicas).to.be.at.least((step.weight / 100) * replicas)
        if (step.kind === 'shift') expect(step.weight).to.be.within(1, 100)
      })
    })
  })

  it('never leaves out a weight, whatever is held, extended or promoted, unless it is promoted fully', () => {
    holds((course) => {
      let isFull = false
      walk(course, (before, step, after) => {
        isFull ||= after.drafts.some(({ kind, data }) => kind === 'requested' && data.request === 'promote-fully')
        if (step.kind !== 'shift' || isFull) return
        const weights = [0, ...before.moves.map(({ weight }) => weight).filter((weight) => weight > 0), 100]
        expect(before.weight, `before ${step.weight}`).to.equal(weights[weights.indexOf(step.weight) - 1])
      })
    })
  })

  it('never has traffic at a version without an analysis', () => {
    holds((course) => {
      walk(course, (before, step) => {
        if (step.kind === 'hook' || step.kind === 'shift') expect(step.guarded).to.equal(before.weight > 0)
        if (before.weight > 0 && before.phase !== 'needs-operator')
          expect(step.kind).to.not.be.oneOf(['smoke', 'prepare', 'await-request'])
      })
    })
  })

  it('never acts twice under one step, and never raises the weight while reverting', () => {
    holds((course) => {
      walk(course, (before, step, after) => {
        if (isAct(step, before, after)) expect(after.step).to.be.above(before.step)
        expect(after.step).to.be.at.least(before.step)
        if (before.phase === 'reverting') expect(after.weight).to.be.at.most(before.weight)
        if (before.phase === 'reverting') expect(step.kind).to.not.equal('shift')
        if (step.kind === 'clean-up') expect(before.weight, 'the weight of what is removed').to.equal(0)
      })
    })
  })

  it('can reach a revert, and an end without traffic, from every phase with traffic', () => {
    holds(({ plan, ...course }) => {
      let state = walk({ plan, ...course }, () => {})
      const isFinal = ['removing-old', 'reverting', 'needs-operator', 'ended'].includes(state.phase)
      expect(isFinal || isLegal(state.phase, 'abort'), `abort while ${state.phase}`).to.equal(true)
      const isBack = !isFinal || state.phase === 'reverting' || state.phase === 'needs-operator'
      for (let n = 0; n < 30 && !isEnd(state); n += 1) {
        const step = nextStep(plan, state)
        const legal = (['abort', 'retry-revert'] as const).find((kind) => isLegal(state.phase, kind))
        state = advance(plan, state, step, legal ? { kind: 'request', request: request(legal) } : { kind: 'done' })
      }
      expect(isEnd(state), `stuck in ${state.phase}`).to.equal(true)
      if (isBack) expect([state.weight, state.outcome]).to.deep.include(0).and.not.include('succeeded')
    })
  })
})
