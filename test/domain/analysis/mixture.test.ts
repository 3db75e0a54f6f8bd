import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { beginMixture, foldMixture, logE, logPortion } from '../../../domain/analysis/mixture.ts'

describe('the capital of a test', () => {
  it('is 1 while the looks say nothing, however many portions start', () => {
    let mixture = beginMixture()
    expect(logE(mixture)).to.equal(0)
    for (let look = 1; look <= 200; look += 1) {
      mixture = foldMixture(mixture, null, 3, true)
      expect(mixture.starts).to.equal(look)
      expect(logE(mixture), `after ${look}`).to.be.closeTo(0, 1e-9)
    }
  })

  it('begins with a half, which has the factor of its first look already', () => {
    const mixture = foldMixture(beginMixture(), [Math.log(3), Math.log(5)], 2, false)
    expect(logE(mixture)).to.be.closeTo(Math.log(0.5 + 0.5 * 4), 1e-9)
    expect(mixture).to.deep.include({ starts: 1, fresh: false })
  })

  it('starts a portion only after a look that said so, and then another one beside what is running', () => {
    const once = foldMixture(beginMixture(), [1], 1, false)
    expect(foldMixture(once, null, 1, true), 'a look that says nothing, with nothing to start').to.equal(once)
    const twice = foldMixture(once, [1], 1, true)
    expect(twice).to.deep.equal({ starts: 1, fresh: true, logs: [Math.log(0.5) + 2] })
    const second = foldMixture(twice, [1], 1, false)
    expect(second.starts).to.equal(2)
    expect(second.logs[0]).to.be.closeTo(Math.log(0.5 * Math.exp(3) + Math.exp(logPortion(2) + 1)), 1e-9)
  })

  it('is never more than what was put in, times the best that any look gave', () => {
    const factor = fc.double({ min: -2, max: 2, noNaN: true })
    fc.assert(
      fc.property(fc.array(fc.tuple(factor, factor, fc.boolean()), { maxLength: 40 }), (looks) => {
        let mixture = beginMixture()
        let best = 0
        for (const [x, y, again] of looks) {
          mixture = foldMixture(mixture, [x, y], 2, again)
          best += Math.max(0, x, y)
          expect(logE(mixture)).to.be.at.most(best + 1e-9)
        }
      }),
    )
  })
})
