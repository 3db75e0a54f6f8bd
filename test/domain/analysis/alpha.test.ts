import { expect } from 'chai'
import { describe, it } from 'mocha'
import { alphaShares, limitsOf } from '../../../domain/analysis/alpha.ts'

describe('alpha of one environment', () => {
  it('is spent once: 80 % on the comparison, 15 % on the guardrail, 5 % on the split', () => {
    const { comparison, guardrail, sampleRatio } = limitsOf(0.01)
    const spent = [comparison, guardrail, sampleRatio].map((limit) => 1 / limit)
    spent.forEach((share, i) => expect(share).to.be.closeTo([0.008, 0.0015, 0.0005][i] ?? 0, 1e-12))
    expect(Object.values(alphaShares).reduce((sum, share) => sum + share)).to.be.closeTo(1, 1e-12)
  })
})
