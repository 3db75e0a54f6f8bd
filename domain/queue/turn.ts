/** A turn in the queue of a resource, and who is next. It knows no kind of work; the rules of each kind are a row of `kinds.ts`. */

export type TurnState = 'waiting' | 'open' | 'over'
/** What the queue asks of the holder of a turn: to revert, to make room, or to end its watch. */
export type PendingRequest = 'abort' | 'supersede' | 'cut-short'

/** Whether the holder is asked to revert, for whatever reason. */
export const isAskedToRevert = (pending: PendingRequest | null): boolean => pending === 'abort' || pending === 'supersede'

export interface Turn<Kind extends string = string> {
  readonly workflowId: string
  /** `kind:id` of what only one workflow at a time may change (resource.ts). */
  readonly resource: string
  /** The kind of work. */
  readonly kind: Kind
  /** What the work is for, and whose events it writes: a release, a backup. */
  readonly subjectKind: string
  readonly subject: string
  /** The smaller goes first. */
  readonly rank: number
  /** Orders turns of equal rank. */
  readonly ordinal: number
  readonly state: TurnState
  readonly pending: PendingRequest | null
  /** The fencing token, from a counter of the resource. Null until the turn is taken. */
  readonly token: number | null
  /** The newest step that was recorded under this token. */
  readonly step: number
  /** The workflow run that has taken the turn; null until one has. */
  readonly runId: string | null
}

/** By rank, then by ordinal: never by arrival. */
export const nextTurn = <T extends Pick<Turn, 'rank' | 'ordinal' | 'state'>>(turns: readonly T[]): T | undefined =>
  turns.filter(({ state }) => state === 'waiting').toSorted((a, b) => a.rank - b.rank || a.ordinal - b.ordinal)[0]
