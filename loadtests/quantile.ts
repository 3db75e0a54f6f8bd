/** Quantiles: the smallest value that the given share of the values does not exceed. */

/** @param share of the values, above 0 up to 1 @returns NaN without a value */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
