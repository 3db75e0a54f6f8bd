/**
 * A release that waited behind another release of the same version. A version that was reverted must not be released again unless a person
 * asks for it.
 */
import type { Outcome } from '../rollout/phase.ts'
import type { TurnKind } from './kinds.ts'

/** A rollout of the same version in the same environment that is over. */
export interface Twin {
  readonly release: string
  readonly version: string
  readonly outcome: Outcome
  /** False where it ended in the queue, so that nothing of it was ever tried. */
  readonly hadTurn: boolean
  readonly endedAtMs: number
}

/**
 * The last twin that was reverted after this release was requested. Without this check, the same version would get traffic again. A release
 * that is requested afterwards has no twin here, because its caller knows of the revert.
 */
export function revertedTwin(
  turn: { readonly kind: TurnKind; readonly version: string; readonly requestedAtMs: number },
  ended: readonly Twin[],
): Twin | null {
  const twins = ended.filter((twin) => twin.version === turn.version && twin.hadTurn && twin.endedAtMs >= turn.requestedAtMs)
  const last = twins.toSorted((a, b) => b.endedAtMs - a.endedAtMs)[0]
  const isReverted = last?.outcome === 'rolled-back' || last?.outcome === 'aborted'
  return turn.kind === 'rollout' && last && isReverted ? last : null
}
