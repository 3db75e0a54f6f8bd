/** A version that waited behind itself: what went back should not come out again without being asked for. */
import type { Outcome } from '../rollout/phase.ts'
import type { TurnKind } from './kinds.ts'

/** A rollout of the same version at the same place that is over. */
export interface Twin {
  readonly release: string
  readonly version: string
  readonly outcome: Outcome
  /** False where it ended in the queue: nothing of it was ever tried. */
  readonly hadTurn: boolean
  readonly endedAtMs: number
}

/**
 * Who waited behind a version that then went back would bring the same one out again without being asked: the last of its twins, where that
 * went back after this one was asked for. Who asks for it afterwards knows.
 */
export function twinThatWentBack(
  turn: { readonly kind: TurnKind; readonly version: string; readonly requestedAtMs: number },
  ended: readonly Twin[],
): Twin | null {
  const twins = ended.filter((twin) => twin.version === turn.version && twin.hadTurn && twin.endedAtMs >= turn.requestedAtMs)
  const last = twins.toSorted((a, b) => b.endedAtMs - a.endedAtMs)[0]
  const wentBack = last?.outcome === 'rolled-back' || last?.outcome === 'aborted'
  return turn.kind === 'rollout' && last && wentBack ? last : null
}
