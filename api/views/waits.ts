/** What a release or rollback waits for, as a sentence. */
import type { TurnReading } from '../../adapters/postgres/reading.ts'
import type { AnalysisMode } from '../../domain/rollout.ts'

/** Null while it is moving by itself, or over. @param blindMs for how long nobody has looked at it, where somebody should */
export function waitsFor(turn: TurnReading | null, isStarted: boolean, blindMs: number | null): string | null {
  if (!turn) return null
  if (turn.state === 'over') return null
  if (!isStarted) return 'its start'
  if (blindMs === null) return inPhase(turn)
  const unseen = `an analysis worker: nobody has looked at it for ${Math.round(blindMs / 1_000)} s`
  return ['gated', 'paused', 'held'].includes(turn.phase) ? `${inPhase(turn)}, and for ${unseen}` : unseen
}

function inPhase(turn: TurnReading): string | null {
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
      return isBeside(turn, 'guard') ? 'a hook' : 'the analysis of this step'
    case 'watching':
      return isBeside(turn, 'guard') ? 'a hook' : 'the end of the watch'
    case 'shifting':
    case 'promoting':
      return isBeside(turn, 'shift') ? 'replicas for its next weight to get ready' : null
    case 'starting':
      return 'the version to get ready'
    default:
      return null
  }
}

/** Traffic is at the version, and the analysis only guards it beside a hook or a change of weight that takes long. */
const isBeside = ({ analysis }: TurnReading, mode: AnalysisMode['kind']): boolean =>
  (analysis as { readonly mode?: { readonly kind?: string } } | null)?.mode?.kind === mode
