/** What a workflow hands to each of its acts, and what an act answers: small, because both stay in the history. */
import type { Outcome, Phase } from './phase.ts'
import type { ProblemCode } from '../problem.ts'
import type { Reason, Unready } from './reason.ts'
import type { EventDraft, Seen } from './rollout.ts'
import type { PendingRequest } from '../queue/turn.ts'

export interface ActInput {
  /** With the turn's number the fence of every effect. */
  readonly step: number
  readonly phase: Phase
  readonly move: number
  readonly drafts: readonly EventDraft[]
  readonly reason: Reason | null
}

export interface ActResult {
  /** Null when the act was left early because something is asked. */
  readonly seen: Seen | null
  readonly pending: PendingRequest | null
}

/** What the last attempt of an act failed with: carried by its heartbeats, for a timeout knows no cause. */
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
