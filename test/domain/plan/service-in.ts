/** A parsed service, for tests of plans. */
import type { Environment, Service } from '../../../domain/plan/service.ts'
import { planOf } from '../rollout/rollout-machine.ts'

export function environmentNamed(name: string): Environment {
  const { metrics, strategy, smoke, hooks, analysis, watchMs } = planOf()
  const target = { kind: 'local', config: { replicas: 2 } }
  return {
    name,
    after: [],
    target,
    traffic: { kind: 'local', config: {} },
    metrics,
    strategy,
    smoke,
    hooks,
    analysis,
    watchMs,
    onBusy: 'wait',
  }
}

export const serviceIn = (...names: readonly string[]): Service => ({
  name: 'shop',
  owners: [],
  database: null,
  alpha: 0.01,
  objective: { errors: 0.01, slow: { overMs: 500, share: 0.05 } },
  environments: names.map(environmentNamed),
})
