/** Anytime-valid bounds by beta-binomial mixtures: the canary's rate from above, and the split against what was configured. */

/**
 * Upper bound of a rate after a bad of n at level beta, valid at every look: the largest p that the mixture with prior Beta(x, y) does not
 * refute, x = 1, y = 1/objective - 1. 473 requests without an error show 1 %. Source: Howard & Ramdas, arXiv 1810.08240.
 */
export function upperBound(a: number, n: number, objective: number, beta: number): number {
  if (n === 0) return 1
  const y = 1 / objective - 1
  const marginal = logBeta(1 + a, y + n - a) - logBeta(1, y)
  const refuted = (p: number) => marginal - a * Math.log(p) - (n - a) * Math.log(1 - p) >= Math.log(1 / beta)
  let low = Math.max(a / n, 1e-12)
  let high = 1 - 1e-12
  if (!refuted(high)) return 1
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2
    if (refuted(middle)) high = middle
    else low = middle
  }
  return high
}

/** log E that n of n + m requests went to the canary where `share` was configured: two-sided, uniform prior around the share. */
export function logSplit(n: number, m: number, share: number): number {
  if (n + m === 0 || share <= 0 || share >= 1) return 0
  // A prior worth 100 requests at the configured share: small skews need much data, gross ones little.
  const x = Math.max(1, 100 * share)
  const y = Math.max(1, 100 * (1 - share))
  return logBeta(x + n, y + m) - logBeta(x, y) - n * Math.log(share) - m * Math.log(1 - share)
}

const logBeta = (x: number, y: number): number => logGamma(x) + logGamma(y) - logGamma(x + y)

const lanczos = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905, -0.13857109526572012,
  9.984369578019572e-6, 1.5056327351493116e-7,
]

/** log Gamma(x) for x >= 0.5, to 1e-13 relative (Lanczos, g = 7). */
function logGamma(x: number): number {
  const z = x - 1
  const sum = lanczos.reduce((total, value, i) => total + value / (z + i + 1), 0.9999999999998099)
  const t = z + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum)
}
