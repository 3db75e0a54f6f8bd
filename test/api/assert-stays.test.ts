import { expect } from 'chai'
import { describe, it } from 'mocha'
import { assertStays } from '../../api/assert-stays.ts'
import type { ApiDependencies } from '../../api/dependencies.ts'
import type { ProviderRef, Service } from '../../domain/plan/service.ts'
import { outcomeOf } from '../adapters/stand.ts'
import { environmentNamed, serviceIn } from '../domain/plan/service-in.ts'

const on = (kind: string, namespace: string): Service => {
  const environment = { ...environmentNamed('production'), target: { kind, config: { namespace } } }
  return { ...serviceIn(), environments: [environment] }
}

const dependencies = ({ stable = false, inFlight = false }) =>
  ({
    locationOf: ({ config }: ProviderRef) => `, namespace ${String(config['namespace'])}`,
    services: { stable: async () => [{ environment: 'production', stable: stable ? {} : null }] },
    queues: { head: async () => ({ turns: inFlight ? [{}] : [], more: 0 }) },
  }) as unknown as Pick<ApiDependencies, 'services' | 'queues' | 'locationOf'>

describe('an environment that is declared anew', () => {
  const moved = (to: Service, state: Parameters<typeof dependencies>[0]) =>
    outcomeOf(assertStays(on('kubernetes', 'shop'), to, dependencies(state)))

  it('keeps its kind of target, cluster and namespace while it has a version, or a release is in flight', async () => {
    for (const state of [{ stable: true }, { inFlight: true }]) {
      expect(await moved(on('kubernetes', 'till'), state)).to.equal('invalid-input')
      expect(await moved(on('local', 'shop'), state)).to.equal('invalid-input')
      expect(await moved(on('kubernetes', 'shop'), state)).to.equal('accepted')
    }
  })

  it('may move before its first version', async () => {
    expect(await moved(on('kubernetes', 'till'), {})).to.equal('accepted')
    expect(await outcomeOf(assertStays(undefined, on('local', 'x'), dependencies({ stable: true })))).to.equal('accepted')
  })
})
