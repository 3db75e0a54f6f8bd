import { expect } from 'chai'
import { describe, it } from 'mocha'
import { metricsProviders } from '../../adapters/metrics/index.ts'
import { settingsOf } from '../../adapters/provider.ts'
import { trafficProviders } from '../../adapters/traffic/index.ts'
import { targetProviders } from '../../adapters/target/index.ts'
import { actProviderSettings } from '../../workers/act-dependencies.ts'
import { analysisProviderSettings } from '../../workers/analysis-dependencies.ts'

describe('a worker', () => {
  it('reads only the settings of the providers that its own activities use', () => {
    const [effects, metrics] = [settingsOf([...targetProviders, ...trafficProviders]), settingsOf(metricsProviders)]
    const forMetrics = metrics.filter((name) => !effects.includes(name))
    expect(forMetrics, 'a secret among them').to.include('prometheusToken')
    expect(actProviderSettings).to.have.members(effects)
    expect(analysisProviderSettings).to.have.members([...new Set([...effects, ...metrics])])
  })
})
