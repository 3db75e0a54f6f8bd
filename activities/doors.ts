/** What activities are given: the doors of one worker process, opened by its composition root. */
import type { Metrics } from '../adapters/metrics/metrics.ts'
import type { Analyses } from '../adapters/postgres/analysis/analyses.ts'
import type { RolloutLedger } from '../adapters/postgres/rollouts/rollout-ledger.ts'
import type { Target } from '../adapters/target/target.ts'
import type { Traffic } from '../adapters/traffic/traffic.ts'
import type { ProviderRef } from '../domain/plan/service.ts'

export interface Doors {
  readonly ledger: RolloutLedger
  readonly analyses: Analyses
  /** Providers by kind. @throws Problem invalid-input for an unknown kind */
  readonly target: (provider: ProviderRef) => Target
  readonly traffic: (provider: ProviderRef) => Traffic
  readonly metrics: (provider: ProviderRef) => Metrics
  /** Tells a workflow to look at its turn. Only hastens: failures are swallowed, the sweeper signals again. */
  readonly look: (workflowId: string) => Promise<void>
}
