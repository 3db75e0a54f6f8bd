/** What a change will do. It is fixed when the change is accepted, carried by the workflow, and bound by its digest. */
import type { Actor } from '../actor.ts'
import type { EnvironmentRef } from '../identity.ts'
import type {
  AnalysisSettings,
  Environment,
  Hook,
  HookMoment,
  Objective,
  OnBusy,
  ProviderRef,
  Service,
  SmokeTest,
  Strategy,
} from './service.ts'
import { edgesOf } from '../analysis/channels.ts'
import { alphaOf } from './service.ts'

/** What runs: the artifact and the part of the declaration that shapes the process. Its digest names it. */
export interface Revision {
  readonly revision: string
  readonly version: string
  /** Digest of the artifact, `sha256:<hex>`, or an image by digest, `name@sha256:<hex>`. */
  readonly artifact: string
  readonly target: ProviderRef
  /** How users reach it: port, timeout, stickiness, latency edges. It holds from the version's promotion until the next one's. */
  readonly traffic: ProviderRef
}

/** Everything that one rollout or rollback does in one environment. It is JSON: the workflow's input and a column of its row. */
export interface RolloutPlan {
  readonly kind: 'rollout' | 'rollback'
  readonly ref: EnvironmentRef
  readonly workflowId: string
  /** The release this belongs to; for a rollback, the release whose version is brought back. */
  readonly release: string
  readonly releaseNumber: number
  /** Owners of the service. An operator's rules may say what the versions of an owner may use. */
  readonly owners: readonly string[]
  readonly canary: Revision
  readonly metrics: ProviderRef
  /** The declared replicas. The present count of the stable version is read when the turn is taken. */
  readonly replicas: number
  readonly strategy: Strategy
  readonly smoke: readonly SmokeTest[]
  readonly hooks: Readonly<Record<HookMoment, readonly Hook[]>>
  readonly analysis: AnalysisSettings
  readonly objective: Objective
  /** This environment's share of the service's alpha. */
  readonly alpha: number
  readonly watchMs: number
  /** How long the revert is tried before a person is asked. */
  readonly revertDeadlineMs: number
  /** Null for a rollback, which everything in flight makes room for. */
  readonly onBusy: OnBusy | null
  /** True: it ends the watch of an older release early. False: it waits for that watch. */
  readonly now: boolean
  /** Base address of the console, which Temporal's UI links to. Null: no link. */
  readonly console: string | null
  /** True: it recovers a lost rollout. Nothing starts, and `canary` is the version that the lost rollout was releasing. */
  readonly recoversLost: boolean
}

/** A release in all its environments. `planDigest` covers what the release will do, but neither its number nor who requested it and why. */
export interface ReleasePlan {
  readonly service: string
  readonly release: string
  readonly releaseNumber: number
  readonly version: string
  readonly artifact: string
  readonly declarationDigest: string
  readonly rollouts: readonly RolloutPlan[]
  /** The rule of the revert. It is part of the digest. */
  readonly revert: 'to-what-is-stable-when-its-turn-comes'
  readonly retryOf: string | null
  readonly requestedBy: Actor
  readonly note: string | null
}

/** Every target's configuration calls the count `replicas`. A provider without it runs one replica. */
export function declaredReplicas({ config: { replicas } }: ProviderRef): number {
  return typeof replicas === 'number' && replicas >= 1 ? Math.floor(replicas) : 1
}

/** How long a revert is tried before it becomes `needs-operator`. */
export const defaultRevertDeadlineMs = 120_000

/** The part of an environment's declaration that a rollout's plan carries. */
export function rolloutSettings(service: Service, environment: Environment) {
  const { metrics, strategy, smoke, hooks, analysis, watchMs, onBusy } = environment
  return {
    metrics,
    strategy,
    smoke,
    hooks,
    analysis,
    owners: service.owners,
    objective: service.objective,
    alpha: alphaOf(service),
    watchMs,
    revertDeadlineMs: defaultRevertDeadlineMs,
    onBusy,
  }
}

/** The router's configuration, with the latency edges that the analysis judges by in this environment. */
export const trafficOf = ({ objective }: Service, { traffic: { kind, config }, analysis }: Environment): ProviderRef => ({
  kind,
  config: { ...config, edgesMs: edgesOf(analysis.metrics, objective) },
})
