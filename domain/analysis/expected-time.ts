/** How long a healthy canary will take to pass, from recent traffic: what `holdfast plan` prints before anybody waits for it. */
import type { Bake } from '../service.ts'
import { isShownGood } from './bound.ts'
import type { Channel } from './channels.ts'
import { channelsOf } from './channels.ts'
import type { Dispersion } from './dispersion.ts'
import { boundPhiFor, phiFor } from './dispersion.ts'
import { foldMirror, mirrorLogE } from './comparison.ts'
import type { AnalysisPlan } from './analysis.ts'

export interface RecentTraffic {
  readonly requestsPerSecond: number
  /** Fractions of one, of the stable version. */
  readonly errorRate: number
  /** Slower than the objective's `slow.over`. */
  readonly slowRate: number
}

export interface StepAhead {
  readonly weightPercent: number
  readonly bake: Bake
  /** The first step also has the warm-up. */
  readonly isFirst: boolean
}

/** Expected time to a pass if the canary is as good as the stable version; null: it will end inconclusive at `bake.max`. */
export function expectedTimeToPass(
  plan: AnalysisPlan,
  dispersion: Dispersion,
  recent: RecentTraffic,
  { weightPercent, bake, isFirst }: StepAhead,
): number | null {
  const channels = channelsOf(plan.settings.metrics, plan.objective).filter((c) => c.objective !== null && !c.metric.dryRun)
  if (channels.length === 0 || recent.requestsPerSecond <= 0 || weightPercent <= 0) return null
  const warmUpMs = isFirst ? plan.settings.warmUpMs : 0
  let longestMs = Math.max(bake.minMs, plan.requestTimeoutMs)
  for (const channel of channels) {
    const phis = { mirror: phiFor(dispersion, channel.id), bound: boundPhiFor(dispersion, channel.id) }
    const seconds = secondsToShow(plan, channel, phis, recent, weightPercent / 100, bake.maxMs / 1000)
    if (seconds === null) return null
    longestMs = Math.max(longestMs, warmUpMs + seconds * 1000)
  }
  return longestMs <= bake.maxMs ? Math.ceil(longestMs) : null
}

/** The first second at which the expected counts would show the channel good or not inferior. */
function secondsToShow(
  plan: AnalysisPlan,
  channel: Channel,
  phis: { readonly mirror: number; readonly bound: number },
  recent: RecentTraffic,
  share: number,
  mostSeconds: number,
): number | null {
  const { beta, margin } = plan.settings
  const rate = channel.metric.kind === 'latency' ? recent.slowRate : recent.errorRate
  const n = recent.requestsPerSecond * share
  const m = plan.stable === null ? 0 : recent.requestsPerSecond - n
  const isShownAfter = (seconds: number): boolean => {
    if (isShownGood(rate * n * seconds, n * seconds, channel.objective ?? 1, beta, phis.bound)) return true
    // Rates are the same at every look, so one look with everything is as good as many.
    const counts = { a: rate * n * seconds, n: n * seconds, b: rate * m * seconds, m: m * seconds }
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
