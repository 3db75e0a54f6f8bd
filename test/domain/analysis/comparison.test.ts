import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import type { Pair } from '../../../domain/analysis/comparison.ts'
import { foldErrors, foldMirror, logFactorsOf, mirrorLogE, ratios } from '../../../domain/analysis/comparison.ts'
import { logMean } from '../../../domain/analysis/log-space.ts'
import { beginMixture, logE } from '../../../domain/analysis/mixture.ts'

type Look = readonly [a: number, n: number, b: number, m: number]
const pairOf = ([a, n, b, m]: Look): Pair => ({ a, n, b, m })
const factorsOf = (pair: Pair, h0: number) => logFactorsOf(pair, h0, 1, { ratios, logs: ratios.map(Math.log) })

/** log E after each look. */
function logs(looks: readonly Look[], h0 = 1): readonly number[] {
  let mixture = beginMixture()
  return looks.map((look) => {
    mixture = foldErrors(mixture, pairOf(look), h0, 1)
    return logE(mixture)
  })
}

/** The same when all capital starts at once: w_1 = 1. */
function logsOfOneStart(looks: readonly Look[]): readonly number[] {
  const sums = ratios.map(() => 0)
  return looks.map((look) => {
    const factors = factorsOf(pairOf(look), 1)
    sums.forEach((sum, i) => (sums[i] = sum + (factors?.[i] ?? 0)))
    return logMean(sums)
  })
}

const worse: Look[] = [
  [0, 100, 1, 900],
  [3, 100, 2, 900],
  [12, 200, 4, 800],
]
const late: Look[] = [...Array.from({ length: 20 }, (): Look => [0, 100, 1, 900]), [3, 100, 1, 900], [4, 100, 1, 900]]
const lonely: Look[] = [
  [0, 0, 3, 100],
  [2, 100, 0, 0],
  [1, 100, 1, 100],
]

interface Row {
  readonly name: string
  readonly looks: readonly Look[]
  readonly h0?: number
  readonly heldBack: readonly number[]
  readonly oneStart?: readonly number[]
}
const rows: readonly Row[] = [
  { name: 'one look', looks: [[5, 50, 15, 950]], heldBack: [2.764913], oneStart: [3.426063] },
  {
    name: 'worse and worse',
    looks: worse,
    heldBack: [-0.23079, 1.982934, 12.538802],
    oneStart: [-0.531348, 2.438155, 13.048207],
  },
  { name: 'no errors', looks: [[0, 100, 0, 900]], heldBack: [0], oneStart: [0] },
  { name: 'equal rates', looks: [[10, 1000, 190, 19000]], heldBack: [-0.628234], oneStart: [-2.702076] },
  { name: 'a late change', looks: late, heldBack: [-1.390107, 0.101099, 5.894543], oneStart: [-2.680787, -1.461898, 1.126669] },
  { name: 'a side without requests', looks: lonely, heldBack: [0, 0, -0.308849], oneStart: [0, 0, -0.75804] },
  { name: 'a tolerated ratio of 1.5', looks: worse, h0: 1.5, heldBack: [-0.270646, 1.146424, 8.274635] },
  { name: 'a tolerated ratio of 2', looks: worse, h0: 2, heldBack: [-0.298421, 0.650812, 5.632715] },
]

describe('the error test', () => {
  for (const { name, looks, h0, heldBack, oneStart } of rows) {
    it(`has the stated log E for ${name}`, () => {
      const found = logs(looks, h0).slice(-heldBack.length)
      heldBack.forEach((value, i) => expect(found[i]).to.be.closeTo(value, 1e-6))
      const single = logsOfOneStart(looks).slice(-heldBack.length)
      oneStart?.forEach((value, i) => expect(single[i]).to.be.closeTo(value, 1e-6))
    })
  }

  it('mixes over 1.2 to 50', () => {
    const at = [0, 1, 15, 31].map((i) => ratios[i] ?? 0)
    ;[1.2, 1.35342, 7.293735, 50].forEach((value, i) => expect(at[i]).to.be.closeTo(value, 1e-6))
  })

  it('never gains on average while the canary is no worse than tolerated: E[L] <= 1 for every ratio, alternative and split', () => {
    fc.assert(
      fc.property(requests, requests, part, fc.constantFrom(0.5, 1, 1.5, 2), fc.nat(5), (n, m, under, h0, more) => {
        const q = (h0 * under * n) / (m + h0 * under * n)
        const errors = more + 1
        const expected = ratios.map(() => 0)
        // Given the number of errors, each falls on the canary with chance q(true ratio).
        for (let a = 0; a <= errors; a += 1) {
          const factors = factorsOf({ a, n, b: errors - a, m }, h0)
          expected.forEach((sum, i) => (expected[i] = sum + binomial(errors, a, q) * Math.exp(factors?.[i] ?? 0)))
        }
        for (const value of expected) expect(value).to.be.at.most(1 + 1e-9)
      }),
    )
  })

  it('is a number above zero for all counts and dispersions', () => {
    const look = fc.tuple(fc.nat(50), fc.nat(500), fc.nat(50), fc.nat(5_000)).map(([a, n, b, m]): Look => [a, n + a, b, m + b])
    fc.assert(
      fc.property(fc.array(look, { maxLength: 60 }), fc.double({ min: 1, max: 8, noNaN: true }), (looks, phi) => {
        let mixture = beginMixture()
        for (const one of looks) mixture = foldErrors(mixture, pairOf(one), 1, phi)
        expect(Number.isFinite(logE(mixture))).to.equal(true)
      }),
    )
  })
})

describe('the mirror test', () => {
  it('never gains on average while the canary is at least margin times worse', () => {
    fc.assert(
      fc.property(requests, requests, fc.double({ min: 1, max: 50, noNaN: true }), (n, m, over) => {
        const q = (1.5 * over * n) / (m + 1.5 * over * n)
        const after = (a: number) => Math.exp(mirrorLogE(foldMirror([], { a, n, b: 1 - a, m }, 1.5, 1)))
        expect(q * after(1) + (1 - q) * after(0)).to.be.at.most(1 + 1e-9)
      }),
    )
  })
})

const requests = fc.integer({ min: 1, max: 10_000 })
const part = fc.double({ min: 0, max: 1, noNaN: true })

/** P(a of n) at chance q, for small n. */
function binomial(n: number, a: number, q: number): number {
  let ways = 1
  for (let i = 0; i < a; i += 1) ways = (ways * (n - i)) / (i + 1)
  return ways * q ** a * (1 - q) ** (n - a)
}
