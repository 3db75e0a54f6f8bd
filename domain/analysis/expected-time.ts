/** How long a healthy canary will take to pass, from recent traffic. `holdfast plan` prints it. */
import type { Bake } from '../plan/service.ts'
import type { Channel } from './channels.ts'
import { channelsOf } from './channels.ts'
import type { Dispersion } from './dispersion.ts'
import type { Pair } from './comparison.ts'
import { secondsToShow } from './time-to-show.ts'
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

/** Expected time to a pass if the canary is as good as the stable version. Null: it will end inconclusive at `bake.max`. */
export function expectedTimeToPass(
  plan: AnalysisPlan,
  dispersion: Dispersion,
  recent: RecentTraffic,
  { weightPercent, bake, isFirst }: StepAhead,
): number | null {
  const channels = channelsOf(plan.settings.metrics, plan.objective).filter((c) => c.objective !== null && !c.metric.dryRun)
  if (channels.length === 0) return null
  const warmUpMs = isFirst ? plan.settings.warmUpMs : 0
  let longestMs = Math.max(bake.minMs, plan.requestTimeoutMs)
  for (const channel of channels) {
    const seconds = secondsToShow(
      plan,
      channel,
      dispersion,
      perSecond(plan, channel, recent, weightPercent / 100),
      bake.maxMs / 1000,
    )
    if (seconds === null) return null
    longestMs = Math.max(longestMs, warmUpMs + seconds * 1000)
  }
  return longestMs <= bake.maxMs ? Math.ceil(longestMs) : null
}

/** Expected counts of both sides. */
function perSecond({ stable }: AnalysisPlan, { metric }: Channel, recent: RecentTraffic, share: number): Pair {
  const rate = metric.kind === 'latency' ? recent.slowRate : recent.errorRate
  const n = recent.requestsPerSecond * share
  const m = stable === null ? 0 : recent.requestsPerSecond - n
  return { a: rate * n, n, b: rate * m, m }
}
