/**
 * Chooses steps and bakes that fit a service's traffic. A bake that is too short ends inconclusive, and a person has to decide each time.
 */
import { expectedTimeToPass } from '../../domain/analysis/expected-time.ts'
import type { Environment, Service } from '../../domain/plan/service.ts'
import { alphaOf } from '../../domain/plan/service.ts'

export interface FittedStep {
  readonly weight: number
  readonly minMs: number
  readonly maxMs: number
  /** The expected time to a pass; null when the step will end inconclusive. */
  readonly expectedMs: number | null
}

const minute = 60_000
const hour = 60 * minute
const defaultBake = { minMs: 2 * minute, maxMs: 30 * minute }
/** A healthy service, as assumed before anything is measured. Without a known dispersion, the analysis divides counts by three. */
const healthy = { errorRate: 0.0005, slowRate: 0.002 }
const longest = 12 * hour

/** The weights to try, the smallest first. The less traffic a service has, the larger the share that a canary needs. */
const ladders: readonly (readonly number[])[] = [[10, 50], [25, 50], [50]]

/**
 * The smallest weights whose first step is expected to pass within half an hour, else the largest. Each bake lasts twice the expected time,
 * at least the default and at most twelve hours. `environment` has the settings of the analysis.
 */
export function fitBakes(service: Service, environment: Environment, requestsPerSecond: number): readonly FittedStep[] {
  const fit = (weights: readonly number[]): readonly FittedStep[] =>
    weights.map((weight, i) => fitStep(service, environment, requestsPerSecond, weight, i === 0))
  const within = (steps: readonly FittedStep[], ms: number): boolean => (steps[0]?.expectedMs ?? Number.POSITIVE_INFINITY) <= ms
  const all = ladders.map(fit)
  return all.find((steps) => within(steps, 30 * minute)) ?? all.at(-1) ?? []
}

function fitStep(service: Service, environment: Environment, rps: number, weight: number, isFirst: boolean): FittedStep {
  const expectedMs = expected(service, environment, rps, weight, isFirst, longest)
  const wanted = expectedMs === null ? defaultBake.maxMs : roundUp(expectedMs * 2)
  return { weight, minMs: defaultBake.minMs, maxMs: Math.max(defaultBake.maxMs, Math.min(longest, wanted)), expectedMs }
}

/** The least requests per second with which the default steps (10 %, then 50 %, at most half an hour each) lead to a verdict. */
export function leastTraffic(service: Service, environment: Environment): number {
  for (let rps = 1; rps < 1_000; rps += 1)
    if (expected(service, environment, rps, 10, true, defaultBake.maxMs) !== null) return rps
  return 1_000
}

function expected(
  service: Service,
  { analysis }: Environment,
  requestsPerSecond: number,
  weightPercent: number,
  isFirst: boolean,
  maxMs: number,
): number | null {
  const plan = { settings: analysis, objective: service.objective, alpha: alphaOf(service), canary: 'canary', stable: 'stable' }
  const bake = { minMs: defaultBake.minMs, maxMs }
  const recent = { requestsPerSecond, ...healthy }
  return expectedTimeToPass({ ...plan, requestTimeoutMs: 15_000, sticky: false }, {}, recent, { weightPercent, bake, isFirst })
}

/** Rounds up to a duration that a person would write: whole minutes, then multiples of five, then whole hours. */
function roundUp(ms: number): number {
  const unit = ms <= 10 * minute ? minute : ms <= hour ? 5 * minute : hour
  return Math.ceil(ms / unit) * unit
}
