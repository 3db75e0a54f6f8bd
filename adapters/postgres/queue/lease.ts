/** A turn as a workflow run holds it. */
import type { FencingToken } from '../../../domain/queue/fencing-token.ts'
import type { Turn } from '../../../domain/queue/turn.ts'

/** The workflow run that an activity belongs to. */
export interface Run {
  readonly workflowId: string
  readonly runId: string
}

/** What an activity acts under: the turn with the projection of its kind, and the fencing token of the activity's effects. */
export interface Lease<Row extends Turn = Turn> {
  readonly turn: Row
  readonly fencingToken: FencingToken
}
