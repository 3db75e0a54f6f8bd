import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { logAdd, logMean, logSpaced, logWeightedMean } from '../../../domain/analysis/log-space.ts'

const log = fc.double({ min: -30, max: 30, noNaN: true })

describe('sums of logarithms', () => {
  it('are those of the numbers, in whatever order', () => {
    fc.assert(
      fc.property(log, log, (a, b) => {
        expect(logAdd(a, b)).to.be.closeTo(Math.log(Math.exp(a) + Math.exp(b)), 1e-9)
        expect(logAdd(b, a)).to.equal(logAdd(a, b))
      }),
    )
    fc.assert(
      fc.property(fc.array(log, { minLength: 1, maxLength: 8 }), (logs) => {
        const sum = logs.reduce((all, one) => all + Math.exp(one), 0)
        expect(logMean(logs)).to.be.closeTo(Math.log(sum / logs.length), 1e-9)
      }),
    )
  })

  it('hold beyond what a double holds, and for nothing at all', () => {
    expect(logAdd(1_000, 1_000)).to.be.closeTo(1_000 + Math.log(2), 1e-9)
    expect([logAdd(-Infinity, 3), logAdd(3, -Infinity), logAdd(-Infinity, -Infinity)]).to.deep.equal([3, 3, -Infinity])
    expect(logMean([1_000, -1_000])).to.be.closeTo(1_000 - Math.log(2), 1e-9)
    expect(logMean([-1_000, -1_000])).to.be.closeTo(-1_000, 1e-9)
    expect([logMean([]), logMean([-Infinity])]).to.deep.equal([-Infinity, -Infinity])
  })

  it('are weighted by shares of whatever sum, and leave out what has none', () => {
    const third = Math.log((Math.exp(1) + 2 * Math.exp(2)) / 3)
    expect(logWeightedMean([1, 2], [1, 2])).to.be.closeTo(third, 1e-9)
    expect(logWeightedMean([1, 2], [0.1, 0.2])).to.be.closeTo(third, 1e-9)
    expect(logWeightedMean([1, 2, 800], [1, 2, 0])).to.be.closeTo(third, 1e-9)
    expect(logWeightedMean([900, 800], [1, 1])).to.be.closeTo(900 - Math.log(2), 1e-9)
    expect(logWeightedMean([-900, -900], [1, 1])).to.be.closeTo(-900, 1e-9)
    expect([logWeightedMean([5], [0]), logWeightedMean([], [])], 'no evidence').to.deep.equal([0, 0])
  })
})

describe('numbers with equal ratios', () => {
  it('go from the first to the last', () => {
    const found = logSpaced(2, 32, 5)
    expect(found.length).to.equal(5)
    ;[2, 4, 8, 16, 32].forEach((one, i) => expect(found[i]).to.be.closeTo(one, 1e-9))
  })
})
