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

  it('takes errors in clusters of phi as one', () => {
    const after = (times: number, phi: number) =>
      logE(foldErrors(beginMixture(), { a: 4 * times, n: 100, b: 2 * times, m: 900 }, 1, phi))
    expect(after(3, 3)).to.be.closeTo(after(1, 1), 1e-9)
    expect(after(3, 1)).to.be.above(after(1, 1))
  })

  it('starts no portion after a look without errors, which says nothing', () => {
    let mixture = beginMixture()
    for (let look = 0; look < 5; look += 1) mixture = foldErrors(mixture, { a: 0, n: 100, b: 0, m: 900 }, 1, 1)
    expect([mixture.starts, mixture.fresh]).to.deep.equal([1, false])
    expect(foldErrors(mixture, { a: 1, n: 100, b: 0, m: 900 }, 1, 1).fresh).to.equal(true)
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
  const margin = 1.5
  /** E by its definition: the mean over lower ratios of the likelihood of each error falling where it fell, against the margin's. */
  function byDefinition(pairs: readonly Pair[], phi: number): number {
    const lower = Array.from({ length: 32 }, (_, i) => 0.067 * (0.8 / 0.067) ** (i / 31))
    const chance = (ratio: number, { n, m }: Pair) => (ratio * n) / (m + ratio * n)
    const likelihood = (ratio: number, pair: Pair) =>
      chance(ratio, pair) ** (pair.a / phi) * (1 - chance(ratio, pair)) ** (pair.b / phi)
    const of = (r: number) => pairs.reduce((l, pair) => (l * likelihood(margin * r, pair)) / likelihood(margin, pair), 1)
    return Math.log(lower.reduce((sum, r) => sum + of(r), 0) / lower.length)
  }

  it('multiplies what each look of the step says, in clusters of phi', () => {
    const looks: readonly Pair[] = [
      { a: 0, n: 100, b: 3, m: 900 },
      { a: 1, n: 100, b: 4, m: 900 },
      { a: 0, n: 400, b: 7, m: 600 },
    ]
    for (const phi of [1, 2.5]) {
      const test = looks.reduce((kept: readonly number[], pair) => foldMirror(kept, pair, margin, phi), [])
      expect(mirrorLogE(test), `phi ${phi}`).to.be.closeTo(byDefinition(looks, phi), 1e-9)
    }
  })

  it('is 0 before the first look that says something, and kept over one that says nothing', () => {
    expect([mirrorLogE([]), foldMirror([], { a: 0, n: 5, b: 0, m: 5 }, margin, 1)]).to.deep.equal([0, []])
    const once = foldMirror([], { a: 0, n: 100, b: 3, m: 900 }, margin, 1)
    for (const nothing of [
      { a: 0, n: 100, b: 0, m: 900 },
      { a: 1, n: 100, b: 0, m: 0 },
      { a: 0, n: 0, b: 1, m: 100 },
    ])
      expect(foldMirror(once, nothing, margin, 1)).to.equal(once)
  })

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
