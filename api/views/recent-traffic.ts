/**
 * The traffic of the last minutes in an environment, and the history that dispersion is measured on, as the analysis of a release would
 * read them.
 */
import { edgesOf } from '../../domain/analysis/channels.ts'
import { historySpansMs } from '../../domain/analysis/dispersion.ts'
import type { RecentTraffic } from '../../domain/analysis/expected-time.ts'
import type { ReplicaHistory } from '../../domain/analysis/counters.ts'
import { wantedOf } from '../../domain/analysis/wanted.ts'
import type { Revision, RolloutPlan } from '../../domain/plan/plan.ts'
import { isProblem } from '../../domain/problem.ts'
import type { ApiDependencies } from '../dependencies.ts'

export interface Recent {
  readonly traffic: RecentTraffic
  readonly histories: readonly ReplicaHistory[]
}

/** The parts of an environment's plan or declaration that say how it is measured. */
type Measured = Pick<RolloutPlan, 'ref' | 'metrics' | 'analysis' | 'objective'>

/**
 * The traffic of the version that has it now; null when there is none, or the provider does not answer.
 * @param spansMs spans of history; the first one gives the traffic
 */
export async function recentTraffic(
  dependencies: Pick<ApiDependencies, 'metrics'>,
  measured: Measured,
  serving: Revision | null,
  spansMs: readonly number[] = historySpansMs,
): Promise<Recent | null> {
  if (!serving) return null
  try {
    const wanted = wantedOf(measured.ref, [serving], measured.analysis, measured.objective)
    const metrics = dependencies.metrics(measured.metrics, serving.target)
    const spans = spansMs.map((spanMs) => metrics.history(wanted, serving.revision, Date.now() - spanMs))
    const [recent = [], ...longer] = await Promise.all(spans)
    return { traffic: trafficOf(measured, recent), histories: [...recent, ...longer.flat()] }
  } catch (error) {
    if (isProblem(error)) return null
    throw error
  }
}

function trafficOf({ analysis, objective }: Measured, histories: readonly ReplicaHistory[]): RecentTraffic {
  // The histories have the same replica in several resolutions. Only the finest is summed, so that no request counts twice.
  const finestMs = Math.min(...histories.map(({ blockMs }) => blockMs))
  const finest = histories.filter(({ blockMs }) => blockMs === finestMs)
  const edge = edgesOf(analysis.metrics, objective).indexOf(objective.slow.overMs)
  const blocks = finest.flatMap((history) => history.blocks)
  const requests = sum(blocks.map((block) => block.requests))
  const firstMs = Math.min(...finest.map(({ startMs }) => startMs))
  const seconds = finest.length === 0 ? 0 : Math.max(1, (Date.now() - firstMs) / 1_000)
  const perRequest = (count: number) => (requests === 0 ? 0 : count / requests)
  return {
    requestsPerSecond: seconds === 0 ? 0 : Math.round((requests / seconds) * 100) / 100,
    errorRate: perRequest(sum(blocks.map((block) => block.errors))),
    slowRate: edge < 0 ? 0 : perRequest(sum(blocks.map((block) => block.slow[edge] ?? 0))),
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)
