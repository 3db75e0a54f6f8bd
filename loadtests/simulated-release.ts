/**
 * Simulates an hour of a healthy canary with everything that spends alpha: the comparison of errors, status and latency, the guardrail and
 * the split check. The domain's own tests fold one look a second. The metrics of a look depend on each other: a timeout is slow and an
 * error.
 */
import type { Limits } from '../domain/analysis/alpha.ts'
import { logSplit } from '../domain/analysis/bound.ts'
import type { Channel } from '../domain/analysis/channels.ts'
import { channelsOf } from '../domain/analysis/channels.ts'
import { foldErrors } from '../domain/analysis/comparison.ts'
import { foldGuardrail, guardrailAt } from '../domain/analysis/guardrail.ts'
import { logWeightedMean } from '../domain/analysis/log-space.ts'
import { beginMixture, logE } from '../domain/analysis/mixture.ts'
import type { Draw } from './simulated-canary.ts'
import { poisson } from './simulated-canary.ts'

/** The default metrics of a declaration. */
const channels = channelsOf(
  [
    { kind: 'errors', share: 0.6, dryRun: false },
    { kind: 'status', match: '4xx', share: 0.1, dryRun: false },
    { kind: 'latency', edgesMs: [100, 500], share: 0.3, dryRun: false },
  ],
  { errors: 0.01, slow: { overMs: 500, share: 0.05 } },
)

/** Shares of all requests by kind. Each request is of one kind; the rest are good and fast. */
const shares = { failed: 0.004, timedOut: 0.001, refused: 0.02, over500: 0.01, over100: 0.08 }

type Kind = keyof typeof shares
type Second = Readonly<Record<Kind | 'good' | 'total', number>>

export interface SharedAlphaHour {
  /** Of both versions together, Poisson distributed. */
  readonly requestsPerSecond: number
  readonly weightPercent: number
  readonly seconds: number
  readonly limits: Limits
  /** Guardrail's p0. */
  readonly maxErrorRate: number
}

/** The verdict that stopped a healthy canary (`fail` reverts it, `split-broken` holds it); null: none. */
export function stoppedBy(draw: Draw, hour: SharedAlphaHour): 'fail' | 'split-broken' | null {
  const { requestsPerSecond, weightPercent, limits } = hour
  const canaryRps = (requestsPerSecond * weightPercent) / 100
  const guardrail = guardrailAt(hour.maxErrorRate)
  const [logLimit, logGuard, logSplitLimit] = [limits.comparison, limits.guardrail, limits.sampleRatio].map(Math.log)
  const weights = channels.map(({ weight }) => weight)
  let tests = channels.map(beginMixture)
  let guard = beginMixture()
  const split = { canary: 0, total: 0 }
  for (let second = 0; second < hour.seconds; second += 1) {
    const canary = secondOf(draw, canaryRps)
    const stable = secondOf(draw, requestsPerSecond - canaryRps)
    tests = tests.map((test, i) => {
      const channel = channels[i] as Channel
      return foldErrors(test, { a: badOf(channel, canary), n: canary.total, b: badOf(channel, stable), m: stable.total }, 1, 1)
    })
    guard = foldGuardrail(guard, guardrail, canary.failed + canary.timedOut, canary.total, 1)
    // Without a bad answer of the canary, neither value can rise.
    if (canary.total > canary.good) {
      if (logWeightedMean(tests.map(logE), weights) >= (logLimit as number)) return 'fail'
      if (logE(guard) >= (logGuard as number)) return 'fail'
    }
    split.canary += canary.total
    split.total += canary.total + stable.total
    if (logSplit(split.canary, split.total, weightPercent) >= (logSplitLimit as number)) return 'split-broken'
  }
  return null
}

function secondOf(draw: Draw, requestsPerSecond: number): Second {
  const count = (share: number) => poisson(draw, requestsPerSecond * share)
  const { failed, timedOut, refused, over500, over100 } = shares
  const bad = {
    failed: count(failed),
    timedOut: count(timedOut),
    refused: count(refused),
    over500: count(over500),
    over100: count(over100),
  }
  const good = count(1 - failed - timedOut - refused - over500 - over100)
  return { ...bad, good, total: good + bad.failed + bad.timedOut + bad.refused + bad.over500 + bad.over100 }
}

function badOf({ metric, edgeMs }: Channel, { failed, timedOut, refused, over500, over100 }: Second): number {
  if (metric.kind === 'errors') return failed + timedOut
  if (metric.kind === 'status') return refused
  return timedOut + over500 + (edgeMs === 100 ? over100 : 0)
}
