/** Opens the dependencies of quick effects: the queue, and the targets and routers that declarations name. */
import type { ActDependencies } from '../activities/dependencies.ts'
import type { Around } from '../adapters/crash-point.ts'
import { createRolloutLedger } from '../adapters/postgres/rollouts/rollout-ledger.ts'
import type { ProviderSettings } from '../adapters/provider.ts'
import { opener, refuser, settingsOf } from '../adapters/provider.ts'
import { targetProviders } from '../adapters/target/index.ts'
import type { Target } from '../adapters/target/target.ts'
import { trafficProviders } from '../adapters/traffic/index.ts'
import type { Traffic } from '../adapters/traffic/traffic.ts'
import type { Connections } from './connections.ts'

/** Without metrics providers, because no quick effect reads counters. */
export const actProviderSettings = settingsOf([...targetProviders, ...trafficProviders])

export function openActDependencies({ db, executions, around }: Connections, settings: ProviderSettings): ActDependencies {
  const targets = opener(targetProviders, settings)
  const traffics = opener(trafficProviders, settings)
  return {
    ledger: createRolloutLedger(db, executions.currentRun),
    target: (provider) => targetWith(around, targets(provider)),
    traffic: (provider, target) => trafficWith(around, traffics(provider, target)),
    targetRefusal: refuser(targetProviders, settings),
    wake: executions.wake,
  }
}

const targetWith = (around: Around, target: Target): Target => ({
  ...target,
  run: (...given) => around('target.run', () => target.run(...given)),
  remove: (...given) => around('target.remove', () => target.remove(...given)),
})

const trafficWith = (around: Around, traffic: Traffic): Traffic => ({
  ...traffic,
  open: (...given) => around('traffic.open', () => traffic.open(...given)),
  setWeights: (...given) => around('traffic.set-weights', () => traffic.setWeights(...given)),
})
