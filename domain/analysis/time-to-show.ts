/** How long steady traffic takes to show one metric of a step good or not inferior. */
import type { AnalysisPlan } from './analysis.ts'
import { isShownGood } from './bound.ts'
import type { Channel } from './channels.ts'
import type { Pair } from './comparison.ts'
import { foldMirror, mirrorLogE } from './comparison.ts'
import type { Dispersion } from './dispersion.ts'
import { boundPhiFor, phiFor } from './dispersion.ts'

/** The first second of the step at which traffic of `perSecond` would have shown `channel`. Null: not within `mostSeconds`. */
export function secondsToShow(
  { settings: { beta, margin } }: AnalysisPlan,
  channel: Channel,
  dispersion: Dispersion | null,
  perSecond: Pair,
  mostSeconds: number,
): number | null {
  const phis = { mirror: phiFor(dispersion, channel.id), bound: boundPhiFor(dispersion, channel.id) }
  const { a, n, b, m } = perSecond
  const isShownAfter = (seconds: number): boolean => {
    if (isShownGood(a * seconds, n * seconds, channel.objective ?? 1, beta, phis.bound)) return true
    // Rates are the same at every look, so one look with all counts is as good as many.
    const counts = { a: a * seconds, n: n * seconds, b: b * seconds, m: m * seconds }
    return mirrorLogE(foldMirror([], counts, margin, phis.mirror)) >= Math.log(1 / beta)
  }
  if (!isShownAfter(mostSeconds)) return null
  let low = 0
  let high = mostSeconds
  while (high - low > 0.5) {
    const middle = (low + high) / 2
    if (isShownAfter(middle)) high = middle
    else low = middle
  }
  return high
}
