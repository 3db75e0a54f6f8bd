/** What a release or rollback waits for, as a sentence. */
import type { TurnRow } from '../../adapters/postgres/releases/subject-rows.ts'
import type { Phase } from '../../domain/rollout/phase.ts'
import { waitsIn } from '../../domain/rollout/phase.ts'
import type { AnalysisMode } from '../../domain/rollout/rollout.ts'

/** Null when it waits for nothing, or is over. @param blindMs how long no worker has looked at it, although one should */
export function waitsFor(turn: TurnRow | null, isStarted: boolean, blindMs: number | null): string | null {
  if (!turn) return null
  if (turn.state === 'over') return null
  if (!isStarted) return 'its start'
  if (blindMs === null) return inPhase(turn)
  const unseen = `an analysis worker: none has looked at it for ${Math.round(blindMs / 1_000)} s`
  return isForPeople(turn.phase) ? `${inPhase(turn)}, and for ${unseen}` : unseen
}

function inPhase(turn: TurnRow): string | null {
  const { phase, ref, holder } = turn
  if (phase === 'queued') return holder === null ? `its turn in ${ref}` : `${holder}, which has the turn in ${ref}`
  if (isBeside(turn, 'guard') && (phase === 'baking' || phase === 'watching')) return 'a hook'
  if (isBeside(turn, 'shift') && (phase === 'shifting' || phase === 'promoting'))
    return 'replicas for its next weight to get ready'
  if (phase === 'watching')
    return `${waitsIn.watching}, ${secondText(watchedUntil(turn))}; then ${turn.plan.canary.version} is stable`
  const until = decisionUntil(turn)
  return until === null ? waitsIn[phase] : `${waitsIn[phase]}, until ${minuteText(until.at)}; then ${until.next}`
}

/** `2026-11-30 15:02 UTC`. */
const minuteText = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
/** With seconds, because a watch may be that short. */
const secondText = (at: Date): string => `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`

/**
 * Until when a person may decide about a version that has traffic, and what happens then. Null when no person has to decide, or the wait
 * has no limit. The time stands still while no worker looks, so it is counted from the last look.
 */
export function decisionUntil(turn: TurnRow): { readonly at: Date; readonly next: string } | null {
  const { state, phase, weight, stable, plan } = turn
  if (state === 'over' || weight === 0 || !isForPeople(phase)) return null
  const at = endOf(turn, 'wait', plan.analysis.maxHoldMs)
  const next =
    stable !== null
      ? `it is reverted to ${stable.version}`
      : weight === 100
        ? 'it stays held'
        : 'it is reverted, and no version serves'
  return { at, next }
}

/** When the watch ends, if nothing happens meanwhile. It includes the delay during which the old version stays warm. */
function watchedUntil(turn: TurnRow): Date {
  const mode = turn.analysis?.mode
  const { watchMs, strategy } = turn.plan
  return endOf(turn, 'watch', mode?.kind === 'watch' ? mode.forMs : watchMs + strategy.scaleDownDelayMs)
}

/**
 * The end of a mode that lasts `forMs`, counted from the last look, which has the time spent in it; without a look, from the phase's
 * start.
 */
function endOf({ analysis, lookedAt, phaseSince }: TurnRow, kind: AnalysisMode['kind'], forMs: number): Date {
  const isCounted = analysis?.mode.kind === kind && lookedAt !== null && lookedAt >= phaseSince
  return new Date((isCounted ? lookedAt : phaseSince).getTime() + forMs - (isCounted ? analysis.inModeMs : 0))
}

const isForPeople = (phase: Phase): boolean => phase === 'gated' || phase === 'paused' || phase === 'held'

/** Whether the analysis only guards the version, during a hook or a long change of weight. */
const isBeside = ({ analysis }: TurnRow, mode: AnalysisMode['kind']): boolean => analysis?.mode.kind === mode
