/** The guardrail: is one side's error rate above a fixed p0? It needs no baseline, so it guards first releases and the watch too. */
import { ratios } from './comparison.ts'
import type { Mixture } from './mixture.ts'
import { foldMixture } from './mixture.ts'

/** Alternatives to `p0`: the logarithms of the factors of one error and one good answer. */
export interface Guardrail {
  readonly onBad: readonly number[]
  readonly onGood: readonly number[]
}

/** Alternatives min(0.99, p0 x ratio), never below p0 itself: a guardrail at 99 % or more guards nothing, and refutes nothing. */
export function guardrailAt(p0: number): Guardrail {
  const rates = ratios.map((ratio) => Math.max(p0, Math.min(0.99, p0 * ratio)))
  const blunt = p0 >= 1
  return {
    onBad: rates.map((p) => (blunt ? 0 : Math.log(p / p0))),
    onGood: rates.map((p) => (blunt ? 0 : Math.log((1 - p) / (1 - p0)))),
  }
}

/**
 * The test of one side after a look with `bad` of `total`; counts divided by `phi`.
 * @param isBrief true where failures fall into one look, as those of clients do, which are then no longer counted. A portion starts at each
 *   look, because the next one would be too late
 */
export function foldGuardrail(
  test: Mixture,
  guardrail: Guardrail,
  bad: number,
  total: number,
  phi: number,
  isBrief = false,
): Mixture {
  if (total <= 0) return test
  const factors = new Float64Array(ratios.length)
  for (let i = 0; i < factors.length; i += 1) {
    factors[i] = (bad * (guardrail.onBad[i] as number) + (total - bad) * (guardrail.onGood[i] as number)) / phi
  }
  return foldMixture(test, factors, ratios.length, isBrief || bad > 0)
}
