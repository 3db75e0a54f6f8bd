/** What a release or rollback waits for, as a sentence. */
import type { TurnReading } from '../../adapters/postgres/reading.ts'
import { waitsIn } from '../../domain/phase.ts'
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
  const { phase, place, holder } = turn
  if (phase === 'queued') return holder === null ? `its turn in ${place}` : `${holder}, which has the turn in ${place}`
  if (isBeside(turn, 'guard') && (phase === 'baking' || phase === 'watching')) return 'a hook'
  if (isBeside(turn, 'shift') && (phase === 'shifting' || phase === 'promoting'))
    return 'replicas for its next weight to get ready'
  return waitsIn[phase]
}

/** Traffic is at the version, and the analysis only guards it beside a hook or a change of weight that takes long. */
const isBeside = ({ analysis }: TurnReading, mode: AnalysisMode['kind']): boolean =>
  (analysis as { readonly mode?: { readonly kind?: string } } | null)?.mode?.kind === mode
