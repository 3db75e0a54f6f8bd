/**
 * The held-back mixture behind every sequential test here: capital over a grid of alternatives, started anew whenever a look carried
 * news, so that a change is seen however late it comes. Under the null it is a non-negative supermartingale starting at 1: by Ville's
 * inequality P(ever >= 1/alpha) <= alpha. Source: Shin, Ramdas & Rinaldo, e-detectors, arXiv 2203.03532.
 */

/** JSON: `logs` holds log S_i, null before anything has started (log 0 is not JSON). */
export interface Mixture {
  readonly starts: number
  readonly fresh: boolean
  readonly logs: readonly (number | null)[]
}

/** How fast held-back capital is spent: weights fall like c / k^2. */
const c = 10

/** The weight of the k-th start; they sum to 1. */
export const startWeight = (k: number): number => (k === 1 ? 0.5 : c / (2 * (k + c - 2) * (k + c - 1)))

export const beginMixture = (size: number): Mixture => ({
  starts: 0,
  fresh: true,
  logs: new Array<number | null>(size).fill(null),
})

/** `size` ratios from `from` to `to`, log-spaced, both ends included. */
export const logSpaced = (from: number, to: number, size: number): readonly number[] =>
  Array.from({ length: size }, (_, i) => from * (to / from) ** (i / (size - 1)))

/** One look: `logFactor(i)` is log L(h_i). `news` says whether it carried errors with requests on both sides. */
export function foldMixture(mixture: Mixture, logFactor: (index: number) => number, news: boolean): Mixture {
  const starts = mixture.fresh ? mixture.starts + 1 : mixture.starts
  const added = mixture.fresh ? Math.log(startWeight(starts)) : null
  const logs = mixture.logs.map((log, i) => {
    const sum = addLogs(log, added)
    return sum === null ? null : sum + logFactor(i)
  })
  return { starts, fresh: news, logs }
}

/** log E: the mean of what has started, plus what has not, in closed form. */
export function logE({ starts, fresh: _, logs }: Mixture): number {
  const waiting = starts === 0 ? 0 : Math.log(c / (2 * (starts + c - 1)))
  const sum = logs.reduce(addLogs, null)
  return sum === null ? waiting : (addLogs(waiting, sum - Math.log(logs.length)) ?? waiting)
}

/** log(e^a + e^b), null standing for log 0. */
export function addLogs(a: number | null, b: number | null): number | null {
  if (a === null) return b
  if (b === null) return a
  const high = Math.max(a, b)
  return high + Math.log1p(Math.exp(Math.min(a, b) - high))
}
