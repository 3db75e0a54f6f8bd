/** Who is next at a place, and what is asked of whoever has the turn. The queue itself is a table; these are its rules. */
import type { Outcome, Phase } from '../rollout/phase.ts'

export type TurnKind = 'rollout' | 'rollback'
export type TurnState = 'waiting' | 'open' | 'over'
/** What the queue asks of the holder: to go back, to make room, or to end its watch. */
export type Asked = 'abort' | 'supersede' | 'cut-short'

/** Is the holder asked to go back, whoever it makes room for? */
export const isAskedBack = (asked: Asked | null): boolean => asked === 'abort' || asked === 'supersede'

export interface Turn {
  readonly place: string
  readonly kind: TurnKind
  readonly workflowId: string
  readonly releaseNumber: number
  readonly state: TurnState
  readonly phase: Phase
  readonly asked: Asked | null
  /** The place's counter: null until the turn is taken. */
  readonly number: number | null
  readonly step: number
  /** The workflow run that acts; null until it has acted once. */
  readonly runId: string | null
  readonly outcome: Outcome | null
}

/** Rollbacks first, then by release number: never by arrival. */
export function nextTurn<T extends Pick<Turn, 'kind' | 'releaseNumber' | 'state'>>(turns: readonly T[]): T | undefined {
  const rank = (turn: T) => (turn.kind === 'rollback' ? 0 : 1)
  return turns
    .filter((turn) => turn.state === 'waiting')
    .toSorted((a, b) => rank(a) - rank(b) || a.releaseNumber - b.releaseNumber)[0]
}

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
  turn: Pick<Turn, 'kind'> & { readonly version: string; readonly askedAtMs: number },
  ended: readonly Twin[],
): Twin | null {
  const twins = ended.filter((twin) => twin.version === turn.version && twin.hadTurn && twin.endedAtMs >= turn.askedAtMs)
  const last = twins.toSorted((a, b) => b.endedAtMs - a.endedAtMs)[0]
  const wentBack = last?.outcome === 'rolled-back' || last?.outcome === 'aborted'
  return turn.kind === 'rollout' && last && wentBack ? last : null
}

/** A release that comes to a place where a newer one became stable has nothing to bring any more. Rollbacks are never late. */
export const isSuperseded = (turn: Pick<Turn, 'kind' | 'releaseNumber'>, stableNumber: number | null): boolean =>
  turn.kind === 'rollout' && stableNumber !== null && stableNumber > turn.releaseNumber
