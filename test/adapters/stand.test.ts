import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { metricsProviders } from '../../adapters/metrics/index.ts'
import { targetProviders } from '../../adapters/target/index.ts'
import { trafficProviders } from '../../adapters/traffic/index.ts'
import { onCluster, withoutCluster } from './stand.ts'

const registries = { target: targetProviders, traffic: trafficProviders, metrics: metricsProviders } as const
const root = join(import.meta.dirname, '../..')

describe('the contract of a provider', () => {
  for (const role of ['target', 'traffic', 'metrics'] as const)
    it(`(${role}) is tested here, or on a cluster by a test that names the provider`, () => {
      const registry = registries[role]
      for (const [kind, file] of Object.entries(onCluster[role])) {
        const provider = registry.find((one) => one.kind === kind)
        expect(provider, `${kind} is in the registry`).to.not.equal(undefined)
        expect(file).to.match(/^test\/kubernetes\/[\w-]+\.test\.ts$/)
        expect(readFileSync(join(root, file), 'utf8'), file).to.match(new RegExp(`['"]${kind}['"]|\\b${kind}${capital(role)}\\b`))
      }
      const here = withoutCluster<{ readonly kind: string }>(role, registry).map(({ kind }) => kind)
      expect([...here, ...Object.keys(onCluster[role])]).to.have.members(registry.map(({ kind }) => kind))
    })
})

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
