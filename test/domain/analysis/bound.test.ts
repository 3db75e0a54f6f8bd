import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isShownGood, logGamma, logSplit, upperBound } from '../../../domain/analysis/bound.ts'
import { createDraws } from './scene.ts'

describe('log Gamma', () => {
  it('is the logarithm of the factorial, and right between and near 0 too', () => {
    let factorial = 1
    for (let n = 1; n <= 20; n += 1) {
      factorial *= n
      expect(logGamma(n + 1), `${n}!`).to.be.closeTo(Math.log(factorial), 1e-9)
    }
    expect(logGamma(0.5)).to.be.closeTo(Math.log(Math.PI) / 2, 1e-12)
    expect(logGamma(0.2)).to.be.closeTo(1.524_063_822_430_784, 1e-12)
    expect(logGamma(1e-6)).to.be.closeTo(13.815_509_980_749_43, 1e-9)
  })
})

describe('the upper bound of a rate', () => {
  it('is the rate that the requests refute at just its level: E is 20 there', () => {
    for (const [bad, total, objective] of [
      [0, 473, 0.01],
      [3, 1_000, 0.01],
      [6, 50, 0.2],
      [40, 50, 0.2],
    ] as const) {
      const p = upperBound(bad, total, objective, 0.05, 1)
      const prior = [1, 1 / objective - 1] as const
      const logBeta = (a: number, b: number) => logGamma(a) + logGamma(b) - logGamma(a + b)
      const logMixture = logBeta(prior[0] + bad, prior[1] + total - bad) - logBeta(...prior)
      const logLikelihood = bad * Math.log(p) + (total - bad) * Math.log1p(-p)
      expect(logMixture - logLikelihood, `${bad} of ${total}`).to.be.closeTo(Math.log(20), 1e-6)
      expect(p).to.be.above(bad / total)
    }
  })

  it('can be shown for an objective of all requests, by one that was good', () => {
    expect([0, 1, 4].map((bad) => isShownGood(bad, 5, 1, 0.05, 1))).to.deep.equal([true, true, true])
    expect([isShownGood(5, 5, 1, 0.05, 1), isShownGood(0, 0, 1, 0.05, 1)]).to.deep.equal([false, false])
    expect(upperBound(5, 100, 1, 0.05, 1)).to.be.within(0.06, 0.25)
  })

  it('shows 1 % after 473 requests without an error, and not before', () => {
    expect([472, 473].map((n) => isShownGood(0, n, 0.01, 0.05, 1))).to.deep.equal([false, true])
    expect(upperBound(0, 472, 0.01, 0.05, 1)).to.be.above(0.01)
    expect(upperBound(0, 473, 0.01, 0.05, 1)).to.be.at.most(0.01)
  })

  it('needs phi times as many requests when errors come in clusters', () => {
    expect([3 * 472, 3 * 473].map((n) => isShownGood(0, n, 0.01, 0.05, 3))).to.deep.equal([false, true])
  })

  it('is that of a phi-th of the requests when errors come in clusters', () => {
    for (const [bad, total, isGood] of [
      [10, 4_000, true],
      [10, 2_000, false],
      [40, 2_000, false],
    ] as const) {
      expect(isShownGood(bad, total, 0.01, 0.05, 2), `${bad} of ${total}`).to.equal(isGood)
      expect(isShownGood(bad / 2, total / 2, 0.01, 0.05, 1)).to.equal(isGood)
    }
    expect(upperBound(6, 2_000, 0.01, 0.05, 2)).to.be.closeTo(upperBound(3, 1_000, 0.01, 0.05, 1), 1e-9)
    expect(upperBound(6, 2_000, 0.01, 0.05, 1)).to.be.below(upperBound(6, 2_000, 0.01, 0.05, 2))
  })

  it('never shows that a rate above the objective is good, however much was counted', () => {
    expect(isShownGood(200, 10_000, 0.01, 0.05, 1)).to.equal(false)
    expect([upperBound(0, 0, 0.01, 0.05, 1), upperBound(5, 5, 0.01, 0.05, 1)]).to.deep.equal([1, 1])
  })

  it('holds at all looks together in at least 95 of 100 histories', () => {
    const draw = createDraws(7)
    let missed = 0
    for (let run = 0; run < 400; run += 1) {
      let bad = 0
      let isMissed = false
      for (let n = 1; n <= 1_500; n += 1) {
        if (draw() < 0.01) bad += 1
        isMissed ||= isShownGood(bad, n, 0.01, 0.05, 1)
      }
      if (isMissed) missed += 1
    }
    // With exactly 5 %, 400 runs stay below 32 in 99.9 of 100 cases.
    expect(missed).to.be.below(32)
  })
})

describe('the sample ratio', () => {
  const limit = Math.log(1 / (0.05 * 0.01))

  it('refutes a split that differs from the weights', () => {
    expect(logSplit(100, 200, 10)).to.be.above(limit)
    expect(logSplit(0, 200, 10)).to.be.above(limit)
  })

  it('learns nothing from the first request, and from a second one what 20 others before them leave', () => {
    for (const canary of [0, 1]) expect(logSplit(canary, 1, 10)).to.be.closeTo(0, 1e-9)
    // Of 20 + 1 requests, 2 + 1 are the canary's, which is 1.43 times its share.
    expect(Math.exp(logSplit(2, 2, 10))).to.be.closeTo(3 / 21 / 0.1, 1e-9)
    expect(Math.exp(logSplit(0, 2, 10))).to.be.closeTo(19 / 21 / 0.9, 1e-9)
  })

  it('shows nothing when there is nothing to split', () => {
    expect([logSplit(5, 5, 100), logSplit(0, 5, 0), logSplit(0, 0, 10)]).to.deep.equal([0, 0, 0])
  })

  it('accepts a fair split at every look', () => {
    const draw = createDraws(11)
    for (let run = 0; run < 100; run += 1) {
      let canary = 0
      for (let total = 1; total <= 2_000; total += 1) {
        if (draw() < 0.1) canary += 1
        expect(logSplit(canary, total, 10)).to.be.below(limit)
      }
    }
  })
})
