/** What a workflow hands to the activity of a step, and what the activity returns. Both are small, because they stay in the history. */
import type { Outcome, Phase } from './phase.ts'
import type { ProblemCode } from '../problem.ts'
import type { Reason, Unready } from './reason.ts'
import type { EventDraft, Observation } from './rollout.ts'
import type { PendingRequest } from '../queue/turn.ts'

export interface StepInput {
  /** Second part of the fencing token of every effect of this step. */
  readonly step: number
  readonly phase: Phase
  readonly move: number
  readonly drafts: readonly EventDraft[]
  readonly reason: Reason | null
}

export interface StepResult {
  /** Null when the activity ended early because of a request. */
  readonly observation: Observation | null
  readonly pending: PendingRequest | null
}

/** What the last attempt of an activity failed with. Its heartbeats carry it, because a timeout has no cause. */
export interface LastCause {
  readonly code: ProblemCode
  readonly message: string
  readonly hint: string | null
  readonly unready: Unready | null
}

export interface RolloutEnd {
  readonly outcome: Outcome
  readonly reason: Reason | null
}
