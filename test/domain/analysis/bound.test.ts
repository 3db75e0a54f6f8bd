import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isShownGood, logSplit, upperBound } from '../../../domain/analysis/bound.ts'
import { createDraws } from './scene.ts'

describe('the upper bound of a rate', () => {
  it('shows 1 % after 473 requests without an error, and not before', () => {
    expect([472, 473].map((n) => isShownGood(0, n, 0.01, 0.05, 1))).to.deep.equal([false, true])
    expect(upperBound(0, 472, 0.01, 0.05, 1)).to.be.above(0.01)
    expect(upperBound(0, 473, 0.01, 0.05, 1)).to.be.at.most(0.01)
  })

  it('needs phi times as many requests when errors come in clusters', () => {
    expect([3 * 472, 3 * 473].map((n) => isShownGood(0, n, 0.01, 0.05, 3))).to.deep.equal([false, true])
  })

  it('is that of a phi-th of the requests when errors come in clusters', () => {
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
