/** What a release or rollback waits for, as a sentence. */
import type { TurnReading } from '../../adapters/postgres/reading.ts'

/** Null while it is moving by itself, or over. */
export function waitsFor(turn: TurnReading | null, isStarted: boolean): string | null {
  if (!turn) return null
  if (turn.state === 'over') return null
  if (!isStarted) return 'its start'
  switch (turn.phase) {
    case 'queued':
      return turn.holder === null ? `its turn in ${turn.place}` : `${turn.holder}, which has the turn in ${turn.place}`
    case 'gated':
      return 'a person to promote it'
    case 'paused':
      return 'a person to resume it'
    case 'held':
      return 'a person to decide'
    case 'needs-operator':
      return 'an operator: the way back failed'
    case 'baking':
      return isAtHook(turn) ? 'a hook' : 'the analysis of this step'
    case 'watching':
      return isAtHook(turn) ? 'a hook' : 'the end of the watch'
    case 'starting':
      return 'the version to get ready'
    default:
      return null
  }
}

/** Traffic is at the version, and the analysis only guards it beside a hook. */
const isAtHook = ({ analysis }: TurnReading): boolean =>
  (analysis as { readonly mode?: { readonly kind?: string } } | null)?.mode?.kind === 'guard'
