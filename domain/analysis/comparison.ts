/** The error test: is the canary's rate above h0 times the baseline's? Valid at every look, for changing rates and splits. */
import type { Mixture } from './mixture.ts'
import { beginMixture, foldMixture, logSpaced } from './mixture.ts'

/** What both sides counted since the last look: a of n at the canary, b of m at the baseline. */
export interface Pair {
  readonly a: number
  readonly n: number
  readonly b: number
  readonly m: number
}

/** Ratios above h0 that the test mixes over: 32 of them, equal weights. */
export const worseRatios = (h0: number): readonly number[] => logSpaced(1.2, 50, 32).map((ratio) => h0 * ratio)

/** Ratios below the margin for the mirror test: how well it may be. */
export const betterRatios = (margin: number): readonly number[] => logSpaced(0.067, 0.8, 32).map((ratio) => margin * ratio)

export const beginComparison = (): Mixture => beginMixture(32)

/**
 * log L(h) of one look against h0, counts divided by phi; 0 where it can tell nothing.
 * q(h) is the chance that an error falls on the canary when its rate is h times the baseline's.
 */
export function logRatio({ a, n, b, m }: Pair, h: number, h0: number, phi = 1): number {
  if (n === 0 || m === 0 || a + b === 0) return 0
  const r = n / (n + m)
  const base = 1 - r + h0 * r
  const other = 1 - r + h * r
  return (a * Math.log((h * base) / (h0 * other)) + b * Math.log(base / other)) / phi
}

/** One look of the error test. */
export const compare = (mixture: Mixture, pair: Pair, ratios: readonly number[], h0: number, phi = 1): Mixture =>
  foldMixture(mixture, (i) => logRatio(pair, ratios[i] ?? h0, h0, phi), pair.a + pair.b > 0 && pair.n > 0 && pair.m > 0)
