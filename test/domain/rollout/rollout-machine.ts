/** Drives a rollout by hand: a test answers each step. */
import { advance } from '../../../domain/rollout/advance.ts'
import type { Request, RequestKind } from '../../../domain/rollout/phase.ts'
import type { Revision, RolloutPlan } from '../../../domain/plan/plan.ts'
import type { RolloutState, Observation, Step } from '../../../domain/rollout/rollout.ts'
import { beginRollout, isEnd, nextStep } from '../../../domain/rollout/rollout.ts'
import type { Strategy } from '../../../domain/plan/service.ts'

const revision = (version: string): Revision => ({
  revision: `r-${version}`,
  version,
  artifact: `sha256:${version}`,
  target: { kind: 'local', config: { replicas: 2 } },
  traffic: { kind: 'local', config: {} },
})

export const stable = revision('1.0.0')

const bake = { minMs: 1_000, maxMs: 60_000 }

export const canary: Strategy = {
  kind: 'canary',
  steps: [
    { weight: 10, bake, gate: null },
    { weight: 50, bake, gate: 'manual' },
  ],
  progressDeadlineMs: 60_000,
  scaleDownDelayMs: 0,
}

export function planOf(changes: Partial<RolloutPlan> = {}): RolloutPlan {
  return {
    kind: 'rollout',
    ref: { service: 'shop', environment: 'production' },
    workflowId: 'rollout/shop/production/shop-2',
    release: 'shop-2',
    releaseNumber: 2,
    owners: [],
    canary: revision('1.1.0'),
    metrics: { kind: 'scrape', config: {} },
    replicas: 2,
    strategy: canary,
    smoke: [],
    hooks: { before: [], afterStep: [], after: [], afterRevert: [] },
    analysis: {
      lookMs: 1_000,
      h0: 1,
      margin: 1.5,
      beta: 0.05,
      maxErrorRate: 0.05,
      maxDispersion: 10,
      warmUpMs: 0,
      maxRestarts: 2,
      metrics: [],
      onInconclusive: 'hold',
      maxHoldMs: 86_400_000,
      idleAfterMs: 120_000,
      maxBlindMs: 600_000,
    },
    objective: { errors: 0.01, slow: { overMs: 500, share: 0.05 } },
    alpha: 0.01,
    watchMs: 900_000,
    revertDeadlineMs: 120_000,
    onBusy: 'wait',
    now: false,
    console: null,
    recoversLost: false,
    ...changes,
  }
}

export const request = (kind: RequestKind): Request => ({ kind, actor: { kind: 'person', id: 'ann' }, reason: 'because' })

export type Answer = (step: Step, state: RolloutState) => Observation

/** Answers every step well: the canary passes and the watch ends. */
export const allWell =
  (from: Revision | null = stable): Answer =>
  (step) => {
    if (step.kind === 'take-turn') return { kind: 'turn-taken', stable: from, stableReplicas: 4, mustRestore: false, twin: null }
    if (step.kind === 'analyse') return { kind: 'verdict', verdict: step.mode.kind === 'bake' ? 'pass' : 'over', detail: '' }
    if (step.kind === 'await-request') return { kind: 'request', request: request('promote') }
    return { kind: 'done' }
  }

export interface Run {
  readonly state: RolloutState
  readonly steps: readonly Step[]
}

/** Drives a plan until it ends or `until` says so; fails after 200 steps. */
export function drive(
  plan: RolloutPlan,
  answer: Answer,
  until: (state: RolloutState) => boolean = isEnd,
  from = beginRollout(),
): Run {
  let state = from
  const steps: Step[] = []
  while (!isEnd(state) && !until(state)) {
    if (steps.length > 200) throw new Error(`no end after ${steps.length} steps, last in ${state.phase}`)
    const step = nextStep(plan, state)
    steps.push(step)
    state = advance(plan, state, step, answer(step, state))
  }
  return { state, steps }
}
