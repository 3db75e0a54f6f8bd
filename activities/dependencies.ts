/**
 * What the composition root of each worker gives to its activities. A worker cannot reach what is not here. A factory of activities names
 * the members that it uses.
 */
import type { HookAnswer, HookCall } from '../adapters/hook.ts'
import type { Metrics } from '../adapters/metrics/metrics.ts'
import type { Analyses } from '../adapters/postgres/analysis/analyses.ts'
import type { RolloutLedger } from '../adapters/postgres/rollouts/rollout-ledger.ts'
import type { Target } from '../adapters/target/target.ts'
import type { Traffic } from '../adapters/traffic/traffic.ts'
import type { ProviderRef } from '../domain/plan/service.ts'
import type { Fault } from '../domain/problem.ts'

/** Opens the provider that a declaration names. @throws Problem invalid-input for an unknown kind */
type Open<Interface> = (provider: ProviderRef) => Interface
/** Opens a router or a metrics provider beside the target of its environment. @throws Problem invalid-input for an unknown kind */
type OpenBeside<Interface> = (provider: ProviderRef, target: ProviderRef) => Interface

/** Runs a hook. `ok: false` is the hook's answer; an exception means that the hook could not be called. */
export type RunHook = (
  call: HookCall,
  signal: AbortSignal,
  artifact: string,
  /** Lends the copy of the artifact that a command runs in. */
  target: Pick<Target, 'lendCopy' | 'returnCopy'>,
) => Promise<HookAnswer>

/** For the worker of quick effects. */
export interface ActDependencies {
  readonly ledger: RolloutLedger
  readonly target: Open<Target>
  readonly traffic: OpenBeside<Traffic>
  /** What of a target the owners of a service may not use; empty when they may use all of it. */
  readonly targetRefusal: (provider: ProviderRef, owners: readonly string[]) => readonly Fault[]
  /** Signals a workflow to read its turn now. A failure is ignored, because the sweeper signals again. */
  readonly wake: (workflowId: string) => Promise<void>
}

/** For the worker of analyses, smoke tests and hooks. It changes neither traffic nor what runs. */
export interface AnalysisDependencies {
  readonly ledger: RolloutLedger
  readonly analyses: Analyses
  readonly target: Open<Pick<Target, 'status' | 'smoke' | 'lendCopy' | 'returnCopy'>>
  readonly traffic: OpenBeside<Pick<Traffic, 'routing'>>
  readonly metrics: OpenBeside<Metrics>
  readonly runHook: RunHook
}
