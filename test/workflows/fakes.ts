/** Fake activities in a table that the registry types. A call of an activity that the table does not name fails the test. */
import type { ActActivities, AnalysisActivities } from '../../activities/registry.ts'
import type { StepResult } from '../../domain/rollout/step-input.ts'
import type { PendingRequest } from '../../domain/queue/turn.ts'
import type { VerdictKind } from '../../domain/rollout/reason.ts'
import type { Observation } from '../../domain/rollout/rollout.ts'
import { stable } from '../domain/rollout/rollout-machine.ts'

export type Activities = ActActivities & AnalysisActivities
export type Name = keyof Activities
export type Input<N extends Name> = Parameters<Activities[N]>[0]
type Result<N extends Name> = Awaited<ReturnType<Activities[N]>>

/** The names by task queue. A registered activity that is missing here does not compile. */
export const onAct: Readonly<Record<keyof ActActivities, true>> = {
  takeTurn: true,
  note: true,
  endTurn: true,
  prepare: true,
  removeOld: true,
  cleanUp: true,
  shift: true,
  revertTraffic: true,
  readOutcome: true,
}
export const onAnalysis: Readonly<Record<keyof AnalysisActivities, true>> = { analyse: true, smoke: true, hook: true }

/** One attempt of an activity, from its begin. */
export interface Call<N extends Name = Name> {
  readonly name: N
  readonly input: Input<N>
  /** The number of this call among those of its name in this workflow, over all attempts, from 1. */
  readonly nth: number
  /** From 1. */
  readonly attempt: number
  readonly runId: string
  readonly heartbeatTimeoutMs: number | undefined
  readonly startToCloseTimeoutMs: number
  /** Resolves when the workflow has cancelled it. */
  readonly cancelled: Promise<void>
  /** Answers a fake that `stays`. */
  answer(result: Result<N>): void
  fail(error: Error): void
  /** The test's answer; rejects as a cancelled activity does. */
  readonly answered: Promise<Result<N>>
}

export type Fake<N extends Name> = (input: Input<N>, call: Call<N>) => Result<N> | Promise<Result<N>>
export type Fakes = { readonly [N in Name]?: Fake<N> }

/** Stays in flight and heartbeats until the test answers or the workflow cancels it. */
export const stays = <N extends Name>(_: Input<N>, { answered }: Call<N>): Promise<Result<N>> => answered

/** Answers the first call by the first fake, the second by the second, and all later ones by the last. */
export const inTurn =
  <N extends Name>(...fakes: readonly Fake<N>[]): Fake<N> =>
  (input, call) => {
    const fake = fakes[Math.min(call.nth, fakes.length) - 1]
    if (!fake) throw new Error('inTurn needs a fake')
    return fake(input, call)
  }

export const observed = (what: Observation): StepResult => ({ observation: what, pending: null })
export const done = observed({ kind: 'done' })
export const verdict = (kind: VerdictKind, detail = 'as the test wants'): StepResult =>
  observed({ kind: 'verdict', verdict: kind, detail })
/** A step that ends early because the row of the turn has a pending request. */
export const leftFor = (pending: PendingRequest): StepResult => ({ observation: null, pending })
export const turnTaken = (changes: Partial<Extract<Observation, { kind: 'turn-taken' }>> = {}): StepResult =>
  observed({ kind: 'turn-taken', stable, stableReplicas: 4, mustRestore: false, twin: null, ...changes })

/** Everything succeeds: the turn is free, the version becomes ready, bakes pass and the watch ends. */
export const allWell: Fakes = {
  takeTurn: () => turnTaken(),
  note: () => done,
  prepare: () => done,
  smoke: () => done,
  hook: () => done,
  shift: () => done,
  analyse: ({ mode }, { answered }) =>
    mode.kind === 'shift' || mode.kind === 'guard' ? answered : verdict(mode.kind === 'bake' ? 'pass' : 'over'),
  removeOld: () => done,
  revertTraffic: () => done,
  cleanUp: () => done,
  endTurn: () => done,
}
