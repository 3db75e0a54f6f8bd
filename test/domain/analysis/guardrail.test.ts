import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { createDraw } from '../../../loadtests/simulated-canary.ts'
import { foldGuardrail, guardrailAt } from '../../../domain/analysis/guardrail.ts'
import { beginMixture, logE } from '../../../domain/analysis/mixture.ts'

const part = fc.double({ min: 0, max: 1, noNaN: true })
const limit = fc.double({ min: 0.001, max: 0.98, noNaN: true })

describe('the guardrail', () => {
  it('never gains on average while the rate is no higher than allowed: E[L] <= 1 for every rate, limit and alternative', () => {
    fc.assert(
      fc.property(limit, part, (p0, under) => {
        const { onBad, onGood } = guardrailAt(p0)
        const rate = p0 * under
        onBad.forEach((bad, i) =>
          expect(rate * Math.exp(bad) + (1 - rate) * Math.exp(onGood[i] ?? 0), `alternative ${i}`).to.be.at.most(1 + 1e-9),
        )
      }),
    )
  })

  it('is a fair bet at exactly what is allowed, and gains at every rate above it: E[L] = 1 at the limit', () => {
    fc.assert(
      fc.property(limit, (p0) => {
        const { onBad, onGood } = guardrailAt(p0)
        onBad.forEach((bad, i) => {
          const good = onGood[i] ?? 0
          expect(p0 * Math.exp(bad) + (1 - p0) * Math.exp(good), `alternative ${i}`).to.be.closeTo(1, 1e-9)
          const rate = p0 * Math.exp(bad)
          if (rate > p0 * 1.01) expect(rate * bad + (1 - rate) * good, `alternative ${i} in its own world`).to.be.above(0)
        })
      }),
    )
  })

  it('bets on each request of a look, by whether it failed', () => {
    const guardrail = guardrailAt(0.05)
    const ofLook = guardrail.onBad.map((bad, i) => Math.exp(4 * bad + 16 * (guardrail.onGood[i] ?? 0)))
    const mean = ofLook.reduce((sum, one) => sum + one, 0) / ofLook.length
    expect(logE(foldGuardrail(beginMixture(), guardrail, 4, 20, 1))).to.be.closeTo(Math.log(0.5 + 0.5 * mean), 1e-9)
  })

  it('starts a portion after a look with errors, after each look of what fails briefly, and never after one without requests', () => {
    const guardrail = guardrailAt(0.05)
    const begun = foldGuardrail(beginMixture(), guardrail, 0, 20, 1)
    expect([begun.starts, begun.fresh]).to.deep.equal([1, false])
    expect(foldGuardrail(begun, guardrail, 1, 20, 1).fresh).to.equal(true)
    expect(foldGuardrail(begun, guardrail, 0, 20, 1, true).fresh).to.equal(true)
    expect(foldGuardrail(beginMixture(), guardrail, 0, 0, 1)).to.deep.equal(beginMixture())
  })

  it('is broken by at most its share of alpha of the versions with exactly the allowed rate', () => {
    const draw = createDraw(5)
    const guardrail = guardrailAt(0.05)
    // The share is large enough for 400 histories of 200 looks: E >= 10 in at most a tenth of them.
    const broken = Array.from({ length: 400 }, () => {
      let test = beginMixture()
      for (let look = 0; look < 200; look += 1) {
        const bad = Array.from({ length: 20 }, () => draw() < 0.05).filter(Boolean).length
        test = foldGuardrail(test, guardrail, bad, 20, 1)
        if (logE(test) >= Math.log(10)) return 1
      }
      return 0
    }).reduce<number>((sum, one) => sum + one, 0)
    expect(broken).to.be.at.most(40)
  })

  it('counts errors in clusters of phi as one', () => {
    const guardrail = guardrailAt(0.05)
    const after = (times: number, phi: number) => logE(foldGuardrail(beginMixture(), guardrail, 4 * times, 20 * times, phi))
    expect(after(3, 3)).to.be.closeTo(after(1, 1), 1e-9)
    expect(after(3, 1)).to.be.above(after(1, 1))
  })

  it('refutes nothing at a limit that no rate can exceed, and later detects a version that fails above a lower one', () => {
    let [blunt, late] = [beginMixture(), beginMixture()]
    for (let look = 0; look < 600; look += 1) {
      blunt = foldGuardrail(blunt, guardrailAt(1), 20, 20, 1)
      late = foldGuardrail(late, guardrailAt(0.05), look < 590 ? 0 : 5, 20, 1)
    }
    expect(logE(blunt)).to.be.closeTo(0, 1e-9)
    expect(logE(late)).to.be.above(Math.log(1 / (0.15 * 0.01)))
  })
})
