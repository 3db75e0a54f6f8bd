/** Who makes room for whom at a place. What is asked stands in the row of the turn; a signal only hastens. */
import type { RolloutPlan } from '../plan/plan.ts'
import type { Phase } from '../rollout/phase.ts'
import type { TurnKind } from './kinds.ts'
import type { PendingRequest } from './turn.ts'

/** What of a plan says how it comes to a place. */
export type Coming = Pick<RolloutPlan, 'kind' | 'releaseNumber' | 'onBusy' | 'now'>
/** A turn of the place's queue; its ordinal is the release's number. */
interface Standing {
  readonly kind: TurnKind
  readonly ordinal: number
  readonly phase: Phase
}

/** What is asked of one turn of the queue. */
export interface RoomAsk<T> {
  readonly turn: T
  readonly pending: PendingRequest
}

/**
 * Turns that a plan finds before it: for a rollback every rollout, for a rollout those of older releases. In a later environment a newer
 * one may be there already, which makes no room. Nothing makes a rollback go.
 */
export const turnsBefore = <T extends Standing>(coming: Coming, queue: readonly T[]): readonly T[] =>
  queue.filter((turn) => turn.kind === 'rollout' && (coming.kind === 'rollback' || turn.ordinal < coming.releaseNumber))

/** What a plan asks of the turns before it, in their order. `queue`: turns of its place that are not over. */
export const roomFor = <T extends Standing>(coming: Coming, queue: readonly T[]): readonly RoomAsk<T>[] =>
  turnsBefore(coming, queue).flatMap((turn) => {
    const pending = pendingFor(coming, turn)
    return pending === null ? [] : [{ turn, pending }]
  })

/** The turn because of which a plan is refused; null: it may come. */
export const refusedBy = <T extends Standing>(coming: Coming, queue: readonly T[]): T | null =>
  coming.kind === 'rollout' && coming.onBusy === 'refuse' ? (turnsBefore(coming, queue)[0] ?? null) : null

/** A watch that has not begun is cut short once it does. */
function pendingFor({ kind, onBusy, now }: Coming, { phase }: Standing): PendingRequest | null {
  if (kind === 'rollback') return 'abort'
  if (now && (phase === 'watching' || onBusy !== 'supersede')) return 'cut-short'
  return onBusy === 'supersede' ? 'supersede' : null
}
