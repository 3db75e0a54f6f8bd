/** The rules of each kind of work in the queue, one row per kind. The caller hands them to the queue, which knows no kind by name. */
import type { Outcome } from '../rollout/phase.ts'
import type { Reason } from '../rollout/reason.ts'
import type { Turn } from './turn.ts'

export interface QueueRules {
  /** The smaller rank goes first at a resource. Equal ranks go by ordinal. */
  readonly rank: number
  /** Whether a turn has nothing left to do. `settled` is the ordinal of what is stable at its resource; null: nothing is. */
  readonly isSuperseded: (ordinal: number, settled: number | null) => boolean
  /** What happens to a taken turn whose workflow is lost: another workflow recovers the resource, or there is nothing to undo. */
  readonly whenLost: 'hand-over' | 'close'
}

export type TurnKind = 'rollout' | 'rollback'

/** How a turn ends: its outcome, and why. */
export interface TurnEnd {
  readonly outcome: Outcome
  readonly reason: Reason
}

/** How a turn of a rollout or rollback ends when its own workflow does not end it. */
export interface TurnRules extends QueueRules {
  /** By what happens to the turn: a closed one has changed nothing, and the next turn reverts what a handed-over one has changed. */
  readonly outcomeWhenLost: Readonly<Record<QueueRules['whenLost'], Outcome>>
  /** The end of a superseded turn. `stableRelease` is the release that is stable instead. */
  readonly endWhenSuperseded: (stableRelease: string | null) => TurnEnd
}

const endWhenSuperseded: TurnRules['endWhenSuperseded'] = (stableRelease) => ({
  outcome: 'superseded',
  reason: { code: 'superseded', detail: `${stableRelease ?? 'a newer release'} is stable already` },
})

export const queueRules: Readonly<Record<TurnKind, TurnRules>> = {
  /** A rollback goes first and is never superseded. */
  rollback: {
    rank: 0,
    isSuperseded: () => false,
    whenLost: 'hand-over',
    outcomeWhenLost: { close: 'aborted', 'hand-over': 'rolled-back' },
    endWhenSuperseded,
  },
  /** An older release has nothing left to do where a newer one is stable. */
  rollout: {
    rank: 1,
    isSuperseded: (ordinal, settled) => settled !== null && settled > ordinal,
    whenLost: 'hand-over',
    outcomeWhenLost: { close: 'aborted', 'hand-over': 'rolled-back' },
    endWhenSuperseded,
  },
}

/** What happens to a turn whose workflow is lost. A turn that was never taken has touched nothing. */
export const afterLoss = ({ whenLost }: QueueRules, { token }: Pick<Turn, 'token'>): QueueRules['whenLost'] =>
  token === null ? 'close' : whenLost

/** Why a turn or a release ended whose workflow is gone. */
export const lost: Reason = { code: 'lost', detail: 'its workflow ended before traffic was reverted' }

/** The end of a turn whose workflow is lost, by what happens to the turn. */
export const endWhenLost = (kind: TurnKind, then: QueueRules['whenLost']): TurnEnd => ({
  outcome: queueRules[kind].outcomeWhenLost[then],
  reason: lost,
})
