/** The rules of each kind of work in the queue, one row a kind. The queue is handed these and knows no kind by name. */
import type { Turn } from './turn.ts'

export interface QueueRules {
  /** Who goes first at a resource: the smaller. Equal ranks go by ordinal. */
  readonly rank: number
  /** Has a turn nothing to bring any more? `settled`: the ordinal of what came to its resource for good; null: nothing did. */
  readonly isSuperseded: (ordinal: number, settled: number | null) => boolean
  /** What becomes of a turn that was taken and whose workflow is lost: another workflow gets the resource back, or there is nothing to undo. */
  readonly whenLost: 'hand-over' | 'close'
}

export type TurnKind = 'rollout' | 'rollback'

export const queueRules = {
  /** A revert goes first and is never too late. */
  rollback: { rank: 0, isSuperseded: () => false, whenLost: 'hand-over' },
  /** An older release that comes where a newer one is stable has nothing to bring. */
  rollout: { rank: 1, isSuperseded: (ordinal, settled) => settled !== null && settled > ordinal, whenLost: 'hand-over' },
} as const satisfies Readonly<Record<TurnKind, QueueRules>>

/** What becomes of a turn whose workflow is lost. One that was never taken has touched nothing. */
export const afterLoss = ({ whenLost }: QueueRules, { token }: Pick<Turn, 'token'>): QueueRules['whenLost'] =>
  token === null ? 'close' : whenLost
