import { expect } from 'chai'
import { describe, it } from 'mocha'
import { alphaShares, limitsOf } from '../../../domain/analysis/alpha.ts'
import { rolloutSettings } from '../../../domain/plan/plan.ts'
import { serviceIn } from '../plan/service-in.ts'

describe('alpha of one environment', () => {
  it('is spent once: 80 % on the comparison, 15 % on the guardrail, 5 % on the split', () => {
    const { comparison, guardrail, sampleRatio } = limitsOf(0.01)
    const spent = [comparison, guardrail, sampleRatio].map((limit) => 1 / limit)
    spent.forEach((share, i) => expect(share).to.be.closeTo([0.008, 0.0015, 0.0005][i] ?? 0, 1e-12))
    expect(Object.values(alphaShares).reduce<number>((sum, share) => sum + share, 0)).to.be.closeTo(1, 1e-12)
  })

  it('is an equal share of the service’s, so that all environments together revert a healthy release no more often than one would', () => {
    for (const names of [['production'], ['staging', 'production'], ['one', 'two', 'three', 'four']]) {
      const service = serviceIn(...names)
      const parts = service.environments.map((environment) => rolloutSettings(service, environment).alpha)
      expect(parts.reduce((sum, part) => sum + part)).to.be.closeTo(0.01, 1e-12)
      expect(new Set(parts).size).to.equal(1)
    }
  })
})
