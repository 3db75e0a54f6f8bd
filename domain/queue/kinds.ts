/** The rules of each kind of work in the queue, one row per kind. The caller hands them to the queue, which knows no kind by name. */
import type { Turn } from './turn.ts'

export interface QueueRules {
  /** The smaller rank goes first at a resource. Equal ranks go by ordinal. */
  readonly rank: number
  /** Has a turn nothing left to bring? `settled` is the ordinal of what is stable at its resource; null: nothing is. */
  readonly isSuperseded: (ordinal: number, settled: number | null) => boolean
  /** What happens to a taken turn whose workflow is lost: another workflow gets the resource back, or there is nothing to undo. */
  readonly whenLost: 'hand-over' | 'close'
}

export type TurnKind = 'rollout' | 'rollback'

export const queueRules = {
  /** A rollback goes first and is never superseded. */
  rollback: { rank: 0, isSuperseded: () => false, whenLost: 'hand-over' },
  /** An older release has nothing to bring where a newer one is stable. */
  rollout: { rank: 1, isSuperseded: (ordinal, settled) => settled !== null && settled > ordinal, whenLost: 'hand-over' },
} as const satisfies Readonly<Record<TurnKind, QueueRules>>

/** What happens to a turn whose workflow is lost. A turn that was never taken has touched nothing. */
export const afterLoss = ({ whenLost }: QueueRules, { token }: Pick<Turn, 'token'>): QueueRules['whenLost'] =>
  token === null ? 'close' : whenLost
