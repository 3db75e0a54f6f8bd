/** What a change will do: fixed when it is asked for, carried by the workflow, bound by its digest. */
import type { Actor } from '../actor.ts'
import type { Place } from '../identity.ts'
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
  /** Digest of the artifact, `sha256:<hex>`. */
  readonly artifact: string
  readonly target: ProviderRef
  /** How users reach it: port, timeout, stickiness, latency edges. Holds for them from its promotion until another version's does. */
  readonly traffic: ProviderRef
}

/** Everything one rollout (or rollback) does at one place. JSON: it is the workflow's input and a row's column. */
export interface RolloutPlan {
  readonly kind: 'rollout' | 'rollback'
  readonly place: Place
  readonly workflowId: string
  /** The release this belongs to; for a rollback, the release whose version is brought back. */
  readonly release: string
  readonly releaseNumber: number
  readonly canary: Revision
  readonly metrics: ProviderRef
  /** Replicas declared for the stable version; the present count is read when the turn is taken. */
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
  readonly onBusy: OnBusy
  /** Ends an older release's watch early, or waits for it. */
  readonly now: boolean
  /** Base of the console for whoever asked, which Temporal's UI links to; null: no link. */
  readonly console: string | null
  /** A lost rollout's traffic is brought home: nothing starts, `canary` is what the lost rollout was bringing out. */
  readonly recoversLost: boolean
}

/** A release's whole journey; `digest` covers all of it but instants and what is found when a turn comes. */
export interface ReleasePlan {
  readonly service: string
  readonly release: string
  readonly releaseNumber: number
  readonly version: string
  readonly artifact: string
  readonly declarationDigest: string
  readonly rollouts: readonly RolloutPlan[]
  /** The rule of the revert, part of the digest. */
  readonly revert: 'to-what-is-stable-when-its-turn-comes'
  readonly retryOf: string | null
  readonly requestedBy: Actor
  readonly note: string | null
}

/** Replicas are every target's word for how many; a provider without it runs one. */
export function declaredReplicas({ config: { replicas } }: ProviderRef): number {
  return typeof replicas === 'number' && replicas >= 1 ? Math.floor(replicas) : 1
}

/** The time a revert is retried before it becomes `needs-operator`. */
export const defaultRevertDeadlineMs = 120_000

/** What of an environment's declaration goes into a rollout's plan. */
export function rolloutSettings(service: Service, environment: Environment) {
  const { metrics, strategy, smoke, hooks, analysis, watchMs, onBusy } = environment
  return {
    metrics,
    strategy,
    smoke,
    hooks,
    analysis,
    objective: service.objective,
    alpha: alphaOf(service),
    watchMs,
    revertDeadlineMs: defaultRevertDeadlineMs,
    onBusy,
  }
}

/** A router's configuration with the latency edges that a version of this environment is judged by. */
export const trafficOf = ({ objective }: Service, { traffic: { kind, config }, analysis }: Environment): ProviderRef => ({
  kind,
  config: { ...config, edgesMs: edgesOf(analysis.metrics, objective) },
})
