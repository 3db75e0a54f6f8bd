/** Which turns of an environment make room for a plan. The request is in the row of the turn; a signal only saves time. */
import type { RolloutPlan } from '../plan/plan.ts'
import type { Phase } from '../rollout/phase.ts'
import type { TurnKind } from './kinds.ts'
import type { PendingRequest } from './turn.ts'

/** The members of a plan that decide what it asks of the turns before it. */
export type Coming = Pick<RolloutPlan, 'kind' | 'releaseNumber' | 'onBusy' | 'now'>
/** A turn of the environment's queue. Its ordinal is the release's number. */
interface Standing {
  readonly kind: TurnKind
  readonly ordinal: number
  readonly phase: Phase
}

/** What the plan asks of one turn. */
export interface RoomAsk<T> {
  readonly turn: T
  readonly pending: PendingRequest
}

/**
 * Turns that a plan finds before it. A rollback finds every rollout; a rollout finds those of older releases. In a later environment a
 * newer release may be there already, and it makes no room. A rollback makes no room for anything.
 */
export const turnsBefore = <T extends Standing>(coming: Coming, queue: readonly T[]): readonly T[] =>
  queue.filter((turn) => turn.kind === 'rollout' && (coming.kind === 'rollback' || turn.ordinal < coming.releaseNumber))

/** What a plan asks of the turns before it, in their order. `queue` holds the turns of its environment that are not over. */
export const roomFor = <T extends Standing>(coming: Coming, queue: readonly T[]): readonly RoomAsk<T>[] =>
  turnsBefore(coming, queue).flatMap((turn) => {
    const pending = pendingFor(coming, turn)
    return pending === null ? [] : [{ turn, pending }]
  })

/** The turn that a plan is refused for. Null: the plan is not refused. */
export const refusedBy = <T extends Standing>(coming: Coming, queue: readonly T[]): T | null =>
  coming.kind === 'rollout' && coming.onBusy === 'refuse' ? (turnsBefore(coming, queue)[0] ?? null) : null

/** A watch that has not begun is cut short as soon as it begins. */
function pendingFor({ kind, onBusy, now }: Coming, { phase }: Standing): PendingRequest | null {
  if (kind === 'rollback') return 'abort'
  if (now && (phase === 'watching' || onBusy !== 'supersede')) return 'cut-short'
  return onBusy === 'supersede' ? 'supersede' : null
}
