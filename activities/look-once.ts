/**
 * One look of an analysis: what the metrics provider and the target report of a canary now. A provider or target that hangs does not end
 * the analysis.
 */
import type { Metrics } from '../adapters/metrics/metrics.ts'
import type { RolloutLease } from '../adapters/postgres/rollouts/rollout-ledger.ts'
import type { RolloutTurn } from '../adapters/postgres/rollouts/rollout-turns.ts'
import type { AnalysisPlan, AnalysisState } from '../domain/analysis/analysis.ts'
import { blind } from '../domain/analysis/analysis.ts'
import { channelsOf, edgesOf } from '../domain/analysis/channels.ts'
import { dispersionOf, historySpansMs } from '../domain/analysis/dispersion.ts'
import type { Sides } from '../domain/analysis/liveness.ts'
import type { LookRow } from '../domain/analysis/look-row.ts'
import { look } from '../domain/analysis/look.ts'
import type { Counters } from '../domain/analysis/counters.ts'
import { wantedOf } from '../domain/analysis/wanted.ts'
import { isProblem } from '../domain/problem.ts'
import type { AnalysisDependencies } from './dependencies.ts'

type Dependencies = Pick<AnalysisDependencies, 'target' | 'metrics'>

/** The result of one look. */
interface Looked {
  readonly analysis: AnalysisState
  readonly row: LookRow | null
  /** Null where the target does not answer. */
  readonly sides: Sides | null
  readonly blindBecause: string | null
}

/** Folds the counters of this look into the analysis, and asks the target about the replicas. */
export async function lookOnce(
  dependencies: Dependencies,
  { turn }: RolloutLease,
  plan: AnalysisPlan,
  analysis: AnalysisState,
  nowMs: number,
  isShifting: boolean,
): Promise<Looked> {
  const metrics = dependencies.metrics(turn.plan.metrics, turn.plan.canary.target)
  const [sides, answer] = await Promise.all([
    sidesOf(dependencies, turn, plan),
    orBlind(async () => ({ measured: await measured(metrics, turn, plan, analysis, nowMs), ...(await seenBy(metrics, turn)) })),
  ])
  if ('blindBecause' in answer) return { analysis: blind(analysis, nowMs), row: null, sides, blindBecause: answer.blindBecause }
  const { state, row } = look(plan, answer.measured, answer.counters, isShifting)
  return { analysis: state, row: row.note === 'no-news' ? null : row, sides, blindBecause: null }
}

interface Blind {
  readonly blindBecause: string
}

/** A provider that does not answer makes the look blind; it does not fail the analysis. */
async function orBlind<Answer>(ask: () => Promise<Answer | Blind>): Promise<Answer | Blind> {
  try {
    return await ask()
  } catch (error) {
    if (!isProblem(error, 'metrics-unavailable')) throw error
    return { blindBecause: error.message }
  }
}

/**
 * Measures dispersion on the stable version once, before anything counts. A missing history is not a history without errors, so each look
 * is blind until the provider answers.
 */
async function measured(
  metrics: Metrics,
  turn: RolloutTurn,
  { stable, settings, objective }: AnalysisPlan,
  analysis: AnalysisState,
  nowMs: number,
): Promise<AnalysisState> {
  if (analysis.dispersion !== null || stable === null) return analysis
  const spans = historySpansMs.map((spanMs) => metrics.history(wanted(turn), stable, nowMs - spanMs))
  const [channels, edgesMs] = [channelsOf(settings.metrics, objective), edgesOf(settings.metrics, objective)]
  return { ...analysis, dispersion: dispersionOf(channels, (await Promise.all(spans)).flat(), edgesMs, settings.maxDispersion) }
}

async function seenBy(metrics: Metrics, turn: RolloutTurn): Promise<{ readonly counters: Counters } | Blind> {
  const counters = await metrics.read(wanted(turn))
  // Without its counters nothing is known of the canary. Missing counters do not mean that it has no errors or no requests.
  const { revision } = turn.plan.canary
  if (counters.replicas.some((replica) => replica.revision === revision)) return { counters }
  const missing = counters.missing?.find((one) => one.revision === revision && one.query === undefined)
  return { blindBecause: missing?.why ?? 'it has no fresh counters of the canary' }
}

/** What the target reports of both versions' replicas. Null where the target does not answer, which is no evidence about the replicas. */
async function sidesOf(dependencies: Dependencies, turn: RolloutTurn, plan: AnalysisPlan): Promise<Sides | null> {
  try {
    const revisions = await dependencies.target(turn.plan.canary.target).status(turn.plan.ref)
    const of = (revision: string | null) => revisions.find((one) => one.revision === revision) ?? null
    return { canary: of(plan.canary), stable: of(plan.stable) }
  } catch (error) {
    if (!isProblem(error, 'target-unavailable')) throw error
    return null
  }
}

export const wanted = ({ plan, stable }: RolloutTurn) => wantedOf(plan.ref, [plan.canary, stable], plan.analysis, plan.objective)
