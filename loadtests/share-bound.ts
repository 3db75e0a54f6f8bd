/** Confidence bound of a counted share. */

/** Clopper-Pearson, one-sided 95 %: the share at which at most `count` of `total` has a chance of 5 %. */
export function upperShare(count: number, total: number): number {
  if (count >= total) return 1
  let [low, high] = [count / total, 1]
  for (let i = 0; i < 60; i += 1) {
    const share = (low + high) / 2
    if (chanceOfAtMost(count, total, share) > 0.05) low = share
    else high = share
  }
  return high
}

function chanceOfAtMost(count: number, total: number, share: number): number {
  let log = total * Math.log1p(-share)
  let sum = Math.exp(log)
  for (let k = 1; k <= count; k += 1) {
    log += Math.log((total - k + 1) / k) + Math.log(share) - Math.log1p(-share)
    sum += Math.exp(log)
  }
  return sum
}

export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`
