/** Sums of numbers that are kept as logarithms, because evidence grows and sinks beyond what a double holds. */

/** log(exp(a) + exp(b)). */
export function logAdd(a: number, b: number): number {
  const high = a > b ? a : b
  const low = a > b ? b : a
  return low === -Infinity ? high : high + Math.log1p(Math.exp(low - high))
}

/** Logarithm of the mean of numbers given as logarithms; -Infinity for none. */
export function logMean(logs: readonly number[]): number {
  let high = -Infinity
  for (const log of logs) if (log > high) high = log
  if (high === -Infinity) return high
  let sum = 0
  for (const log of logs) sum += Math.exp(log - high)
  return high + Math.log(sum / logs.length)
}

/** Logarithm of the mean of exp(logs), weighted; weights are normalised. 0 (E = 1, no evidence) when nothing weighs anything. */
export function logWeightedMean(logs: readonly number[], weights: readonly number[]): number {
  let high = -Infinity
  let total = 0
  weights.forEach((weight, i) => {
    total += weight
    if (weight > 0) high = Math.max(high, logs[i] ?? 0)
  })
  if (total <= 0) return 0
  // A number without weight is left out and not multiplied by 0, because 0 times a number beyond a double is NaN.
  const sum = weights.reduce((kept, weight, i) => (weight > 0 ? kept + weight * Math.exp((logs[i] ?? 0) - high) : kept), 0)
  return high + Math.log(sum / total)
}

/** `count` numbers from `from` to `to`, both included, with equal ratios. */
export const logSpaced = (from: number, to: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => from * (to / from) ** (i / (count - 1)))
