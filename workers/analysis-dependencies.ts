/** Opens the dependencies of analyses, smoke tests and hooks: the queue, analyses, and the providers that declarations name. */
import type { AnalysisDependencies } from '../activities/dependencies.ts'
import { metricsProviders } from '../adapters/metrics/index.ts'
import { createAnalyses } from '../adapters/postgres/analysis/analyses.ts'
import { createRolloutLedger } from '../adapters/postgres/rollouts/rollout-ledger.ts'
import type { ProviderSettings } from '../adapters/provider.ts'
import { opener, settingsOf } from '../adapters/provider.ts'
import { targetProviders } from '../adapters/target/index.ts'
import { trafficProviders } from '../adapters/traffic/index.ts'
import type { Connections } from './connections.ts'
import { createHooks } from './hooks.ts'

export const analysisProviderSettings = settingsOf([...targetProviders, ...trafficProviders, ...metricsProviders])

/** @param hookHosts hosts that hooks may call besides loopback */
export const openAnalysisDependencies = (
  { db, executions }: Connections,
  settings: ProviderSettings,
  hookHosts: readonly string[],
): AnalysisDependencies => ({
  ledger: createRolloutLedger(db, executions.currentRun),
  analyses: createAnalyses(db),
  target: opener(targetProviders, settings),
  traffic: opener(trafficProviders, settings),
  metrics: opener(metricsProviders, settings),
  runHook: createHooks(hookHosts),
})
