/** One look of an analysis: what the doors say of a canary now. Neither a hanging provider nor a hanging target ends the looking. */
import type { Metrics } from '../adapters/metrics/metrics.ts'
import type { Held } from '../adapters/postgres/held.ts'
import type { AnalysisPlan, AnalysisState } from '../domain/analysis/analysis.ts'
import { blind } from '../domain/analysis/analysis.ts'
import { evidenceOf } from '../domain/analysis/evidence.ts'
import type { LookRow } from '../domain/analysis/look-row.ts'
import { look } from '../domain/analysis/look.ts'
import type { Reading } from '../domain/analysis/reading.ts'
import type { Verdict } from '../domain/analysis/verdict.ts'
import { wantedOf } from '../domain/analysis/wanted.ts'
import { isProblem } from '../domain/problem.ts'
import type { Doors } from './doors.ts'

/** What one look came to. */
interface Looked {
  readonly analysis: AnalysisState
  readonly row: LookRow | null
  readonly dead: Verdict | null
  readonly blindBecause: string | null
}

/** One reading folded in, and whether anything of the canary is alive. */
export async function lookOnce(
  doors: Doors,
  { turn }: Held,
  plan: AnalysisPlan,
  analysis: AnalysisState,
  nowMs: number,
): Promise<Looked> {
  const [dead, seen] = await Promise.all([
    deadVerdict(doors, turn, plan, analysis, nowMs),
    seenBy(doors.metrics(turn.plan.metrics), turn),
  ])
  if ('blindBecause' in seen) return { analysis: blind(analysis, nowMs), row: null, dead, ...seen }
  const { state, row } = look(plan, analysis, seen)
  return { analysis: state, row: row.note === 'no-news' ? null : row, dead, blindBecause: null }
}

async function seenBy(metrics: Metrics, turn: Held['turn']): Promise<Reading | { readonly blindBecause: string }> {
  try {
    const reading = await metrics.read(wanted(turn))
    // Without the canary's counters nothing is known of it: that is no canary without errors, nor one without requests.
    const isSeen = reading.replicas.some(({ revision }) => revision === turn.plan.canary.revision)
    return isSeen ? reading : { blindBecause: 'it has no fresh counters of the canary' }
  } catch (error) {
    if (!isProblem(error, 'metrics-unavailable')) throw error
    return { blindBecause: error.message }
  }
}

const deadAfterMs = 5_000

/** No healthy replica for 5 s. A target that does not answer is weather, not death. */
async function deadVerdict(
  doors: Doors,
  turn: Held['turn'],
  plan: AnalysisPlan,
  analysis: AnalysisState,
  nowMs: number,
): Promise<Verdict | null> {
  try {
    const revisions = await doors.target(turn.plan.canary.target).status(turn.plan.place)
    const canary = revisions.find(({ revision }) => revision === plan.canary)
    const deadMs = canary?.deadSinceMs == null ? 0 : nowMs - canary.deadSinceMs
    if (deadMs < deadAfterMs) return null
    const detail = `no healthy replica for ${Math.round(deadMs / 1_000)} s: ${canary?.detail ?? ''}`
    return { kind: 'dead', detail, evidence: evidenceOf(plan, analysis) }
  } catch (error) {
    if (!isProblem(error, 'target-unavailable')) throw error
    return null
  }
}

export const wanted = ({ plan, stable }: Held['turn']) =>
  wantedOf(plan.place, [plan.canary, stable], plan.analysis, plan.objective)
