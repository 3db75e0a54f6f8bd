/**
 * Plans with one canary step, and the moments of a rollout at which requests and failures come: how to get there, and the activity in
 * flight.
 */
import type { RolloutPlan } from '../../domain/plan/plan.ts'
import type { CanaryStep, HookMoment, Strategy } from '../../domain/plan/service.ts'
import type { Phase } from '../../domain/rollout/phase.ts'
import { planOf } from '../domain/rollout/rollout-machine.ts'
import type { Call, Fakes, Name } from './fakes.ts'
import { allWell, inTurn, stays, verdict } from './fakes.ts'
import type { Flight, WorkflowRig } from './rig.ts'

export const oneStep = (gate: CanaryStep['gate'] = null, progressDeadlineMs = 60_000): Strategy => ({
  kind: 'canary',
  steps: [{ weight: 10, bake: { minMs: 1_000, maxMs: 60_000 }, gate }],
  progressDeadlineMs,
  scaleDownDelayMs: 0,
})

export const plan = (changes: Partial<RolloutPlan> = {}): RolloutPlan => planOf({ strategy: oneStep(), ...changes })

const hook = { command: ['true'], timeoutMs: 1_000, required: true }
export const hooked = (moment: HookMoment): RolloutPlan =>
  plan({ hooks: { before: [], afterStep: [], after: [], afterRevert: [], [moment]: [hook] } })

export interface Scene {
  readonly name: string
  readonly phase: Phase
  /** The canary's weight at that moment. */
  readonly weight: number
  readonly plan: RolloutPlan
  readonly fakes: Fakes
  /** The activity in flight, and the number of its call. */
  readonly at: readonly [Name, number]
  /** What leads there besides the fakes. */
  readonly before?: (flight: Flight) => Promise<unknown>
}

const pausedInItsBake = async (flight: Flight) => {
  await flight.begun('analyse')
  await flight.ask('pause')
}

/** Every phase with an activity in flight, before the revert. */
export const scenes: readonly Scene[] = [
  { name: 'getting ready', phase: 'starting', weight: 0, plan: plan(), fakes: { prepare: stays }, at: ['prepare', 1] },
  { name: 'a hook before', phase: 'starting', weight: 0, plan: hooked('before'), fakes: { hook: stays }, at: ['hook', 1] },
  {
    name: 'a smoke test',
    phase: 'starting',
    weight: 0,
    plan: plan({ smoke: [{ path: '/', status: 200, withinMs: 1_000 }] }),
    fakes: { smoke: stays },
    at: ['smoke', 1],
  },
  { name: 'a change of weight', phase: 'shifting', weight: 0, plan: plan(), fakes: { shift: stays }, at: ['shift', 1] },
  { name: 'a bake', phase: 'baking', weight: 10, plan: plan(), fakes: { analyse: stays }, at: ['analyse', 1] },
  {
    name: 'a hook after a step',
    phase: 'baking',
    weight: 10,
    plan: hooked('afterStep'),
    fakes: { hook: stays },
    at: ['hook', 1],
  },
  {
    name: 'a gate',
    phase: 'gated',
    weight: 10,
    plan: plan({ strategy: oneStep('manual') }),
    fakes: { analyse: inTurn(() => verdict('pass'), stays) },
    at: ['analyse', 2],
  },
  {
    name: 'a pause',
    phase: 'paused',
    weight: 10,
    plan: plan(),
    fakes: { analyse: stays },
    at: ['analyse', 2],
    before: pausedInItsBake,
  },
  {
    name: 'a wait',
    phase: 'held',
    weight: 10,
    plan: plan(),
    fakes: { analyse: inTurn(() => verdict('both-bad'), stays) },
    at: ['analyse', 2],
  },
  {
    name: 'the promotion',
    phase: 'promoting',
    weight: 10,
    plan: plan(),
    fakes: { shift: inTurn(allWell.shift ?? stays, stays) },
    at: ['shift', 2],
  },
  {
    name: 'the watch',
    phase: 'watching',
    weight: 100,
    plan: plan(),
    fakes: { analyse: inTurn(() => verdict('pass'), stays) },
    at: ['analyse', 2],
  },
  { name: 'a hook after', phase: 'watching', weight: 100, plan: hooked('after'), fakes: { hook: stays }, at: ['hook', 1] },
]

/** Takes a rollout to the scene. */
export async function reach(
  rig: WorkflowRig,
  { plan: of, fakes, at, before }: Scene,
): Promise<{ flight: Flight; inFlight: Call }> {
  const flight = await rig.rollout(of, { ...allWell, ...fakes })
  await before?.(flight)
  return { flight, inFlight: await flight.begun(...at) }
}
