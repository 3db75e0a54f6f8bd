/**
 * What the activities of each worker are given by its composition root, and nothing else: what a worker does not need, it cannot reach. A
 * factory of activities names those of them that it uses.
 */
import type { HookAnswer, HookCall } from '../adapters/hook.ts'
import type { Metrics } from '../adapters/metrics/metrics.ts'
import type { Analyses } from '../adapters/postgres/analysis/analyses.ts'
import type { RolloutLedger } from '../adapters/postgres/rollouts/rollout-ledger.ts'
import type { Target } from '../adapters/target/target.ts'
import type { Traffic } from '../adapters/traffic/traffic.ts'
import type { ProviderRef } from '../domain/plan/service.ts'

/** A provider by what a declaration says of it. @throws Problem invalid-input for an unknown kind */
type Open<Interface> = (provider: ProviderRef) => Interface

/** Runs a hook. `ok: false` is its answer; an exception means it could not be asked. */
export type RunHook = (
  call: HookCall,
  signal: AbortSignal,
  artifact: string,
  /** Whose copies of the artifact a command runs in. */
  target: Pick<Target, 'lendCopy' | 'returnCopy'>,
) => Promise<HookAnswer>

/** Of the worker for quick effects. */
export interface ActDependencies {
  readonly ledger: RolloutLedger
  readonly target: Open<Target>
  readonly traffic: Open<Traffic>
  /** Tells a workflow to look at its turn. Only hastens: failures are swallowed, the sweeper signals again. */
  readonly wake: (workflowId: string) => Promise<void>
}

/** Of the worker for what loops or waits for others' answers: it changes neither traffic nor what runs. */
export interface AnalysisDependencies {
  readonly ledger: RolloutLedger
  readonly analyses: Analyses
  readonly target: Open<Pick<Target, 'status' | 'smoke' | 'lendCopy' | 'returnCopy'>>
  readonly traffic: Open<Pick<Traffic, 'routing'>>
  readonly metrics: Open<Metrics>
  readonly runHook: RunHook
}
