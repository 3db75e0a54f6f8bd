/**
 * What a person should know before a release: where alpha does not hold, and which data the metrics provider does not have of the version
 * that serves now.
 */
import { alphaCaution, requestsCaution } from '../../domain/analysis/caution.ts'
import { channelsOf } from '../../domain/analysis/channels.ts'
import { countsClients } from '../../domain/analysis/count.ts'
import type { Dispersion } from '../../domain/analysis/dispersion.ts'
import { wantedOf } from '../../domain/analysis/wanted.ts'
import type { Revision, RolloutPlan } from '../../domain/plan/plan.ts'
import { isProblem } from '../../domain/problem.ts'
import type { ApiDependencies } from '../dependencies.ts'

/**
 * @param isSticky clients stay with a version @param serving the version that has the traffic now @param dispersion measured on its
 * history; null when it has none
 */
export async function planNotes(
  dependencies: Pick<ApiDependencies, 'metrics'>,
  rollout: RolloutPlan,
  serving: Revision,
  dispersion: Dispersion | null,
  isSticky: boolean,
): Promise<string[]> {
  const alpha = dispersion && alphaCaution(dispersion, channelsOf(rollout.analysis.metrics, rollout.objective))
  return [...(alpha ? [alpha] : []), ...(await missingNotes(dependencies, rollout, serving, isSticky))]
}

async function missingNotes(
  dependencies: Pick<ApiDependencies, 'metrics'>,
  rollout: RolloutPlan,
  serving: Revision,
  isSticky: boolean,
): Promise<string[]> {
  const { ref, analysis, objective, metrics } = rollout
  try {
    const counters = await dependencies.metrics(metrics, serving.target).read(wantedOf(ref, [serving], analysis, objective))
    const { missing = [] } = counters
    const unheld = isSticky && !countsClients(counters) ? [requestsCaution] : []
    const notes = missing.map(({ query, why }) =>
      query === undefined
        ? `the metrics provider has no counters of ${serving.version} (${why}): a new version without counters is held, and then reverted`
        : `query ${query} has no data of ${serving.version} (${why})${hasShare(analysis, query) ? ': it has a share, so nothing passes without it' : ''}`,
    )
    return [...unheld, ...notes]
  } catch (error) {
    if (isProblem(error)) return [`the metrics provider does not answer now: ${error.message}`]
    throw error
  }
}

const hasShare = ({ metrics }: RolloutPlan['analysis'], query: string): boolean =>
  metrics.some((metric) => metric.kind === 'query' && metric.name === query && !metric.dryRun && metric.share > 0)
