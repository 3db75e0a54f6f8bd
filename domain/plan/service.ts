/**
 * A service as its owner declares it: environments, strategy, analysis. Durations are milliseconds, shares are fractions of one, weights
 * are whole percents. Settings of a provider stay opaque here; the provider's own schema parses them.
 */

/** A named provider with its own configuration: `{ kind: local, ... }` in the declaration. */
export interface ProviderRef {
  readonly kind: string
  readonly config: Readonly<Record<string, unknown>>
}

export interface Bake {
  readonly minMs: number
  readonly maxMs: number
}

export interface CanaryStep {
  readonly weight: number
  readonly bake: Bake
  readonly gate: 'manual' | null
}

export type Strategy =
  | {
      readonly kind: 'canary'
      readonly steps: readonly CanaryStep[]
      readonly progressDeadlineMs: number
      readonly scaleDownDelayMs: number
    }
  | {
      readonly kind: 'blue-green'
      readonly gate: 'manual' | null
      readonly progressDeadlineMs: number
      readonly scaleDownDelayMs: number
    }
  | {
      readonly kind: 'rolling'
      readonly availability: Availability
      readonly progressDeadlineMs: number
      readonly scaleDownDelayMs: number
    }

/** At least this many replicas stay ready: a count, or a share of the stable replicas. */
export type Availability = { readonly count: number } | { readonly share: number }

export type SmokeTest =
  | { readonly path: string; readonly status: number; readonly withinMs: number }
  | { readonly command: readonly string[]; readonly withinMs: number }

export type Hook = ({ readonly http: string } | { readonly command: readonly string[] }) & {
  readonly timeoutMs: number
  readonly required: boolean
}

export const hookMoments = ['before', 'afterStep', 'after', 'afterRevert'] as const
export type HookMoment = (typeof hookMoments)[number]

export type MetricSettings = { readonly share: number; readonly dryRun: boolean } & (
  | { readonly kind: 'errors' }
  /** `4xx` or an exact code such as `401`. */
  | { readonly kind: 'status'; readonly match: string }
  | { readonly kind: 'latency'; readonly edgesMs: readonly number[] }
  /** Two cumulative counters by query: the bad ones, and all. */
  | { readonly kind: 'query'; readonly name: string; readonly bad: string; readonly total: string }
)

export interface Objective {
  readonly errors: number
  readonly slow: { readonly overMs: number; readonly share: number }
}

export type OnInconclusive = 'hold' | 'extend' | 'rollback' | 'promote'

export interface AnalysisSettings {
  readonly lookMs: number
  /** Tolerated ratio of canary's to baseline's rate. */
  readonly h0: number
  /** The ratio that "not inferior" refutes. It is above h0. */
  readonly margin: number
  readonly beta: number
  readonly maxErrorRate: number
  /** The largest phi that counts are divided by. */
  readonly maxDispersion: number
  readonly warmUpMs: number
  /** How often a replica may exit by itself, per step or in the watch, before that is a fail. */
  readonly maxRestarts: number
  readonly metrics: readonly MetricSettings[]
  readonly onInconclusive: OnInconclusive
  readonly maxHoldMs: number
  readonly idleAfterMs: number
  readonly maxBlindMs: number
}

export type OnBusy = 'wait' | 'supersede' | 'refuse'

export interface Environment {
  readonly name: string
  readonly after: readonly string[]
  readonly target: ProviderRef
  readonly traffic: ProviderRef
  readonly metrics: ProviderRef
  readonly strategy: Strategy
  readonly smoke: readonly SmokeTest[]
  readonly hooks: Readonly<Record<HookMoment, readonly Hook[]>>
  readonly analysis: AnalysisSettings
  readonly watchMs: number
  readonly onBusy: OnBusy
}

export interface Service {
  readonly name: string
  readonly owners: readonly string[]
  readonly database: string | null
  /** The chance that a healthy release is reverted, over all its environments. */
  readonly alpha: number
  readonly objective: Objective
  readonly environments: readonly Environment[]
}

/** Environments in the order that a release visits them: each after those that it names in `after`, else in declared order. */
export function environmentOrder(service: Service): readonly Environment[] {
  const left = [...service.environments]
  const ordered: Environment[] = []
  while (left.length > 0) {
    const next = left.findIndex((e) => e.after.every((name) => ordered.some((done) => done.name === name)))
    if (next < 0) break
    ordered.push(...left.splice(next, 1))
  }
  return ordered
}

/**
 * The share of the service's alpha that one environment may spend. Every environment has the same share, because none is without a
 * guardrail.
 */
export const alphaOf = ({ alpha, environments }: Service): number => alpha / Math.max(1, environments.length)
