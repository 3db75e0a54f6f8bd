import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import type { Pair } from '../../../domain/analysis/comparison.ts'
import { beginComparison, compare, logRatio, worseRatios } from '../../../domain/analysis/comparison.ts'
import { logE } from '../../../domain/analysis/mixture.ts'

type Look = readonly [a: number, n: number, b: number, m: number]
const pairOf = ([a, n, b, m]: Look): Pair => ({ a, n, b, m })

/** log E after each look. */
function logs(looks: readonly Look[], h0 = 1): readonly number[] {
  let mixture = beginComparison()
  return looks.map((look) => {
    mixture = compare(mixture, pairOf(look), worseRatios(h0), h0)
    return logE(mixture)
  })
}

const slowStart = Array.from({ length: 20 }, (): Look => [0, 100, 1, 900])

describe('the error test', () => {
  const rows: readonly [name: string, h0: number, looks: readonly Look[], last: readonly number[]][] = [
    ['one look with errors', 1, [[5, 50, 15, 950]], [2.764913]],
    [
      'a canary that gets worse',
      1,
      [
        [0, 100, 1, 900],
        [3, 100, 2, 900],
        [12, 200, 4, 800],
      ],
      [-0.23079, 1.982934, 12.538802],
    ],
    ['nothing but successes', 1, [[0, 100, 0, 900]], [0]],
    ['equal rates', 1, [[10, 1000, 190, 19000]], [-0.628234]],
    ['a late change', 1, [...slowStart, [3, 100, 1, 900], [4, 100, 1, 900]], [-1.390107, 0.101099, 5.894543]],
    [
      'one side without requests',
      1,
      [
        [0, 0, 3, 100],
        [2, 100, 0, 0],
        [1, 100, 1, 100],
      ],
      [0, 0, -0.308849],
    ],
    [
      'a tolerated ratio of 1.5',
      1.5,
      [
        [0, 100, 1, 900],
        [3, 100, 2, 900],
        [12, 200, 4, 800],
      ],
      [-0.270646, 1.146424, 8.274635],
    ],
    [
      'a tolerated ratio of 2',
      2,
      [
        [0, 100, 1, 900],
        [3, 100, 2, 900],
        [12, 200, 4, 800],
      ],
      [-0.298421, 0.650812, 5.632715],
    ],
  ]
  for (const [name, h0, looks, last] of rows) {
    it(`gives the stated log E for ${name}`, () => {
      const found = logs(looks, h0).slice(-last.length)
      last.forEach((value, i) => expect(found[i]).to.be.closeTo(value, 1e-6))
    })
  }

  it('mixes over 1.2 to 50', () => {
    const ratios = worseRatios(1)
    const at = [0, 1, 15, 31].map((i) => ratios[i] ?? 0)
    ;[1.2, 1.35342, 7.293735, 50].forEach((value, i) => expect(at[i]).to.be.closeTo(value, 1e-6))
  })

  it('never expects to gain while the canary is no worse than tolerated: E[L] <= 1', () => {
    const share = fc.double({ min: 0.01, max: 0.99, noNaN: true })
    fc.assert(
      fc.property(share, share, fc.integer({ min: 0, max: 31 }), fc.constantFrom(1, 1.5, 2), (r, part, i, h0) => {
        // One error falls on the canary with chance q(true ratio); more errors are independent factors.
        const ratio = h0 * part
        const q = (ratio * r) / (1 - r + ratio * r)
        const h = worseRatios(h0)[i] ?? 50
        const split = { n: Math.round(r * 1e6), m: Math.round((1 - r) * 1e6) }
        const expected =
          q * Math.exp(logRatio({ a: 1, b: 0, ...split }, h, h0)) + (1 - q) * Math.exp(logRatio({ a: 0, b: 1, ...split }, h, h0))
        expect(expected).to.be.at.most(1 + 1e-6)
      }),
    )
  })
})
