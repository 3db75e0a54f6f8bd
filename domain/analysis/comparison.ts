/**
 * The error test: is the canary's rate more than h0 times the baseline's? E is a non-negative supermartingale from 1 when it is not, so
 * P(E ever >= 1/alpha) <= alpha: valid at every look, for rates that change in time and splits that move.
 */
import type { Mixture } from './mixture.ts'
import { foldMixture } from './mixture.ts'
import { logMean, logSpaced } from './log-space.ts'

/** What one look adds: `a` bad of `n` requests at the canary, `b` bad of `m` at the baseline. */
export interface Pair {
  readonly a: number
  readonly n: number
  readonly b: number
  readonly m: number
}

/** How many times worse than tolerated. None is below 1, because then every healthy canary would fail in the end. */
export const ratios: readonly number[] = logSpaced(1.2, 50, 32)
const logRatios = ratios.map(Math.log)

/**
 * log L(h x ratio) against h, per ratio, with counts divided by `phi`. Null where the factor is 1 for all. With q(h) = hr / (1 - r + hr)
 * the factor is ratio^a x ((m + hn) / (m + h ratio n))^(a + b): one logarithm per ratio.
 */
export function logFactorsOf(
  { a, n, b, m }: Pair,
  h: number,
  phi: number,
  over: { readonly ratios: readonly number[]; readonly logs: readonly number[] },
): Float64Array | null {
  if (n <= 0 || m <= 0 || a + b <= 0) return null
  const bad = a / phi
  const all = (a + b) / phi
  const from = m + h * n
  const factors = new Float64Array(over.ratios.length)
  for (let i = 0; i < factors.length; i += 1) {
    factors[i] = bad * (over.logs[i] as number) - all * Math.log((m + h * (over.ratios[i] as number) * n) / from)
  }
  return factors
}

const worse = { ratios, logs: logRatios }

/** The test after one look. `h0` is the tolerated ratio, `phi` >= 1 the dispersion of this count. */
export function foldErrors(test: Mixture, counts: Pair, h0: number, phi: number): Mixture {
  const logFactors = logFactorsOf(counts, h0, phi, worse)
  return foldMixture(test, logFactors, ratios.length, logFactors !== null)
}

/**
 * The mirror test of "ratio >= margin". When it is refuted, the canary is not inferior. It starts once, because it judges one step. It
 * holds the capital per alternative as logarithms, and is empty before the first look that says something.
 */
export type MirrorTest = readonly number[]

const lower = logSpaced(0.067, 0.8, 32)
const better = { ratios: lower, logs: lower.map(Math.log) }

/** The test after one look of the step. */
export function foldMirror(test: MirrorTest, counts: Pair, margin: number, phi: number): MirrorTest {
  const factors = logFactorsOf(counts, margin, phi, better)
  return factors ? Array.from(factors, (factor, i) => (test[i] ?? 0) + factor) : test
}

/** log E against "ratio >= margin"; not inferior at level beta once it reaches log(1/beta). */
export const mirrorLogE = (test: MirrorTest): number => (test.length === 0 ? 0 : logMean(test))
