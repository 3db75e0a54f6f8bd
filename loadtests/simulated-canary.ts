/**
 * Simulates an hour of a canary: errors of both versions per second, one by one or in clusters, judged by the domain's own tests with one
 * look a second. Only looks with errors are folded. Between them E does not rise, and their effect is computed in closed form.
 */
import { foldErrors } from '../domain/analysis/comparison.ts'
import { foldGuardrail, guardrailAt } from '../domain/analysis/guardrail.ts'
import { beginMixture, logE } from '../domain/analysis/mixture.ts'
import { quantile } from './quantile.ts'

export interface Cluster {
  readonly size: number
  /** The errors of a cluster fall into this many seconds; 0: all at once. */
  readonly spanSeconds: number
}

export interface CanaryHour {
  /** Of both versions together, Poisson distributed. */
  readonly requestsPerSecond: number
  /** The canary's share of the requests, from 0 to 1. */
  readonly canaryShare: number
  /** Error rate of both versions. A cluster falls into one version. */
  readonly errorRate: number
  readonly cluster: Cluster
  readonly seconds: number
  /** The canary's whole error rate from a second on. The errors above `errorRate` come one by one. */
  readonly bad: { readonly rate: number; readonly fromSecond: number } | null
  readonly phi: number
  readonly limits: { readonly comparison: number; readonly guardrail: number | null }
  /** Guardrail's p0. */
  readonly maxErrorRate: number
}

export type Draw = () => number

export const oneByOne: Cluster = { size: 1, spanSeconds: 0 }

/** An hour of a healthy canary at 10 %, the case of the promise on alpha. The caller adds traffic and limits. */
export const healthyHour: Omit<CanaryHour, 'requestsPerSecond' | 'limits'> = {
  canaryShare: 0.1,
  errorRate: 0.005,
  cluster: oneByOne,
  seconds: 3_600,
  bad: null,
  phi: 1,
  maxErrorRate: 0.05,
}

/** xorshift128: draws in [0, 1), the same for the same seed. */
export function createDraw(seed: number): Draw {
  let [x, y, z, w] = [seed | 1, 362_436_069, 521_288_629, 88_675_123]
  const draw = (): number => {
    const t = x ^ (x << 11)
    x = y
    y = z
    z = w
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8)
    return (w >>> 0) / 4_294_967_296
  }
  for (let i = 0; i < 20; i += 1) draw()
  return draw
}

/** A Poisson count. Above a mean of 500 it uses the normal approximation. */
export function poisson(draw: Draw, mean: number): number {
  if (mean > 500) {
    const normal = Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw())
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal))
  }
  const limit = Math.exp(-mean)
  let count = 0
  for (let drawn = draw(); drawn > limit; drawn *= draw()) count += 1
  return count
}

/** Errors per second of a version that gets `requestsPerSecond`. */
export function errorsPerSecond(
  draw: Draw,
  seconds: number,
  requestsPerSecond: number,
  rate: number,
  cluster: Cluster,
): Uint16Array {
  const errors = new Uint16Array(seconds)
  const clusters = poisson(draw, (seconds * requestsPerSecond * rate) / cluster.size)
  for (let i = 0; i < clusters; i += 1) {
    const from = draw() * seconds
    for (let j = 0; j < cluster.size; j += 1) {
      const second = Math.floor(from + draw() * cluster.spanSeconds)
      if (second < seconds) errors[second] = (errors[second] ?? 0) + 1
    }
  }
  return errors
}

/** The second at whose end the canary is reverted; null: never within the hour. */
export function sentBackAfter(draw: Draw, hour: CanaryHour): number | null {
  const { requestsPerSecond, canaryShare, errorRate, cluster, seconds, bad, phi, limits } = hour
  const [canaryRps, stableRps] = [requestsPerSecond * canaryShare, requestsPerSecond * (1 - canaryShare)]
  const canary = errorsPerSecond(draw, seconds, canaryRps, errorRate, cluster)
  const stable = errorsPerSecond(draw, seconds, stableRps, errorRate, cluster)
  if (bad) addBad(draw, canary, canaryRps * (bad.rate - errorRate), bad.fromSecond)
  const [logLimit, logGuard] = [Math.log(limits.comparison), Math.log(limits.guardrail ?? Infinity)]
  const guardrail = guardrailAt(hour.maxErrorRate)
  let [test, guard] = [beginMixture(), beginMixture()]
  let guarded = 0
  for (let second = 0; second < seconds; second += 1) {
    const [a, b] = [canary[second] as number, stable[second] as number]
    if (a + b === 0) continue
    const canaryErrorRate = bad && second >= bad.fromSecond ? bad.rate : errorRate
    const n = a + poisson(draw, canaryRps * (1 - canaryErrorRate))
    const m = b + poisson(draw, stableRps * (1 - errorRate))
    test = foldErrors(test, { a, n, b, m }, 1, phi)
    if (a > 0 && logE(test) >= logLimit) return second + 1
    if (a > 0 && limits.guardrail !== null) {
      const quiet = poisson(draw, canaryRps * (second - guarded))
      guard = foldGuardrail(guard, guardrail, a, n + quiet, phi)
      guarded = second + 1
      if (logE(guard) >= logGuard) return second + 1
    }
  }
  return null
}

function addBad(draw: Draw, canary: Uint16Array, perSecond: number, fromSecond: number): void {
  for (let second = fromSecond; second < canary.length; second += 1)
    canary[second] = (canary[second] ?? 0) + poisson(draw, perSecond)
}

/** The quantile of instants, where null means never and sorts last. Null when less than this share was reached. */
export function quantileOfSeen(values: readonly (number | null)[], share: number): number | null {
  const value = quantile(
    values.map((seen) => seen ?? Infinity),
    share,
  )
  return Number.isFinite(value) ? value : null
}
