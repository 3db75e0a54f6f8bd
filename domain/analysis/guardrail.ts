/** The guardrail: is a rate above a fixed p0? Works without a baseline: first releases, blue-green after the switch, the watch. */
import type { Mixture } from './mixture.ts'
import { foldMixture, logSpaced } from './mixture.ts'

const grid = logSpaced(1.2, 50, 32)

/** log of one look's factor for rate p against p0, a bad of n, counts divided by phi. */
export function logRate(a: number, n: number, p: number, p0: number, phi = 1): number {
  return n === 0 ? 0 : (a * Math.log(p / p0) + (n - a) * Math.log((1 - p) / (1 - p0))) / phi
}

/** Rates the guardrail mixes over, all above p0. */
const brokenRates = (p0: number): readonly number[] => grid.map((ratio) => Math.min(0.99, p0 * ratio))

/** One look of the guardrail; `rates` come from `guardRates`. */
export const guard = (mixture: Mixture, a: number, n: number, p0: number, phi = 1): Mixture => {
  const rates = ratesOf(p0)
  return foldMixture(mixture, (i) => logRate(a, n, rates[i] ?? p0, p0, phi), a > 0)
}

const known = new Map<number, readonly number[]>()

/** Looks are many and p0 is one: the grid is made once. */
function ratesOf(p0: number): readonly number[] {
  let rates = known.get(p0)
  if (!rates) known.set(p0, (rates = brokenRates(p0)))
  return rates
}
