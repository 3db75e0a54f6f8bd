/**
 * Beta-binomial mixtures, valid at every look: evidence against one rate, the upper bound that follows from it (Howard & Ramdas, arXiv
 * 1810.08240), and the test of the split (Lindon & Malek, arXiv 2011.03567).
 */

const lanczos = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012,
  9.9843695780195716e-6, 1.5056327351493116e-7,
]

/** log Gamma(x) for x > 0, to ten digits even at a millionth. */
export function logGamma(x: number): number {
  const z = x - 1
  const t = z + lanczos.length - 0.5
  const sum = lanczos.reduce((kept, c, i) => kept + c / (z + i + 1), 0.99999999999980993)
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum)
}

const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b)

export interface Prior {
  readonly a: number
  readonly b: number
}

/** log of the mixture's likelihood ratio against rate `p`, after `bad` of `total` (may be fractions). A martingale from 1 under p. */
export const logAgainst = (p: number, bad: number, total: number, prior: Prior): number =>
  logMixture(bad, total, prior) - logLikelihood(p, bad, total - bad)

const logMixture = (bad: number, total: number, prior: Prior): number =>
  logBeta(prior.a + bad, prior.b + total - bad) - logBeta(prior.a, prior.b)

/** For `p` above 0. Where it is 1 and all were bad, 0 times -Infinity would be no number. */
const logLikelihood = (p: number, bad: number, good: number): number => bad * Math.log(p) + (good > 0 ? good * Math.log1p(-p) : 0)

/** Prior whose mean is the objective: Beta(1, 1/objective - 1). An objective of 1 has none, and any prior will do. */
const priorOf = (objective: number): Prior => ({ a: 1, b: objective < 1 ? 1 / objective - 1 : 1 })

/** Whether the rate is shown to be below `objective` at level `beta`. It holds at every look. Counts are divided by `phi`. */
export const isShownGood = (bad: number, total: number, objective: number, beta: number, phi: number): boolean =>
  bad < objective * total && logAgainst(objective, bad / phi, total / phi, priorOf(objective)) >= Math.log(1 / beta)

/** Anytime-valid upper bound of the rate at level `beta`: the highest rate that is not refuted. 1 without requests. */
export function upperBound(bad: number, total: number, objective: number, beta: number, phi: number): number {
  if (total <= 0) return 1
  const [x, n] = [bad / phi, total / phi]
  const highest = logMixture(x, n, priorOf(objective)) - Math.log(1 / beta)
  let low = bad / total
  let high = 1
  // Above the observed rate the evidence grows with p, so bisection finds the only crossing.
  for (let i = 0; i < 40; i += 1) {
    const p = (low + high) / 2
    if (logLikelihood(p, x, n - x) > highest) low = p
    else high = p
  }
  return high
}

/** Weight of the prior in requests. It is wide, because a replica without traffic or a stuck router breaks a split badly. */
const priorRequests = 20

/** Sample ratio: log E against "`canary` of `total` requests came by chance at `weightPercent`". 0 where all requests go one way. */
export function logSplit(canary: number, total: number, weightPercent: number): number {
  const p = weightPercent / 100
  if (p <= 0 || p >= 1) return 0
  return logAgainst(p, canary, total, { a: priorRequests * p, b: priorRequests * (1 - p) })
}
