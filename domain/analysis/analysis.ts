/** What an analysis remembers between looks: plain JSON, small, carried across steps, pauses, restarts and workers. */
import type { Revision, RolloutPlan } from '../plan/plan.ts'
import type { AnalysisSettings, Objective } from '../plan/service.ts'
import type { Counts } from './channels.ts'
import { channelsOf } from './channels.ts'
import type { Replicas } from './count.ts'
import { noReplicas } from './count.ts'
import type { Dispersion } from './dispersion.ts'
import type { Pair } from './comparison.ts'
import type { FailingTest } from './failing-clients.ts'
import { beginFailing } from './failing-clients.ts'
import type { Mixture } from './mixture.ts'
import { beginMixture } from './mixture.ts'
import type { MirrorTest } from './comparison.ts'
import type { MissingCounter } from './missing-counters.ts'

/** What an analysis must know of a router: when an answer is too late, and whether each request is drawn on its own. */
export interface Routing {
  /** The longest of both versions' timeouts, from a request's last byte to its answer's headers. */
  readonly requestTimeoutMs: number
  /** Sticky sessions: a client is drawn once per release, so the split is tested on first draws. */
  readonly sticky: boolean
}

/**
 * Stickiness belongs to the service, so the stable version's holds until promotion. A request has the timeout of the version that it is
 * drawn for.
 */
export const routingBeside = (canary: Routing, stable: Routing | null): Routing => ({
  requestTimeoutMs: Math.max(canary.requestTimeoutMs, stable?.requestTimeoutMs ?? 0),
  sticky: (stable ?? canary).sticky,
})

/**
 * What stays the same for a whole analysis. `alpha` is this environment's; `stable` is null where there is no baseline (first release,
 * watch).
 */
export interface AnalysisPlan extends Routing {
  readonly settings: AnalysisSettings
  readonly objective: Objective
  readonly alpha: number
  /** Revisions. */
  readonly canary: string
  readonly stable: string | null
}

/** @param stable null where there is no baseline */
export const analysisPlanOf = (
  { analysis: settings, objective, alpha, canary }: Pick<RolloutPlan, 'analysis' | 'objective' | 'alpha' | 'canary'>,
  stable: Revision | null,
  { requestTimeoutMs, sticky }: Routing,
): AnalysisPlan => ({
  settings,
  objective,
  alpha,
  canary: canary.revision,
  // A rollout that restores the stable version cannot compare that version with itself.
  stable: stable === null || stable.revision === canary.revision ? null : stable.revision,
  requestTimeoutMs,
  sticky,
})

export interface ChannelState {
  readonly test: Mixture
  /** The test of how many sticky clients fail. */
  readonly failing: FailingTest
  /** Since the mark, for metrics with an objective. */
  readonly mirror: MirrorTest
  readonly step: Pair
  readonly total: Pair
}

export interface AnalysisState {
  /** Looks that counted. */
  readonly looks: number
  /** The first mark: warm-up runs from here. */
  readonly begunAtMs: number | null
  /** The last verified weight change: the step runs from here. */
  readonly markAtMs: number | null
  readonly weightPercent: number
  readonly lastCountedAtMs: number | null
  /** The canary's last request, or the mark. */
  readonly lastRequestAtMs: number | null
  readonly blindSinceMs: number | null
  /** When a person last continued after `both-bad`, `split-broken` or a held `fail`. Null: no person did. */
  readonly overruledAtMs: number | null
  /** Null until it is measured, and fixed from then on. Nothing counts before. */
  readonly dispersion: Dispersion | null
  /** In the order of `channelsOf`. */
  readonly channels: readonly ChannelState[]
  readonly guardrail: { readonly canary: Mixture; readonly stable: Mixture }
  /** Requests since the mark, as they arrived. */
  readonly split: { readonly canary: number; readonly total: number }
  /** Errors and requests over all looks that counted. */
  readonly total: { readonly canary: Counts; readonly stable: Counts }
  readonly replicas: Replicas
  /** Whether the last counters count sticky clients. */
  readonly byClients: boolean
  /** Looks at which a counter of the canary had gone backwards. */
  readonly falls: number
  /** By channel: what the last counters lack. */
  readonly missing: Readonly<Record<string, MissingCounter>>
}

/** The state of channel `i` of `channelsOf`. */
export const channelAt = ({ channels }: AnalysisState, i: number): ChannelState => channels[i] as ChannelState

export const noPair: Pair = { a: 0, n: 0, b: 0, m: 0 }
const nobody: Counts = { bad: 0, total: 0 }

/** A new analysis: E is 1, and nothing is known. */
export function beginAnalysis(plan: AnalysisPlan, dispersion: Dispersion | null): AnalysisState {
  const channel: ChannelState = { test: beginMixture(), failing: beginFailing(), mirror: [], step: noPair, total: noPair }
  return {
    looks: 0,
    begunAtMs: null,
    markAtMs: null,
    weightPercent: 0,
    lastCountedAtMs: null,
    lastRequestAtMs: null,
    blindSinceMs: null,
    overruledAtMs: null,
    dispersion,
    channels: channelsOf(plan.settings.metrics, plan.objective).map(() => channel),
    guardrail: { canary: beginMixture(), stable: beginMixture() },
    split: { canary: 0, total: 0 },
    total: { canary: nobody, stable: nobody },
    replicas: noReplicas(),
    byClients: plan.sticky,
    falls: 0,
    missing: {},
  }
}

/** Marks a verified change of weight, where a step begins. Evidence is carried on. What is judged by the step alone starts anew. */
export function mark(state: AnalysisState, atMs: number, weightPercent: number): AnalysisState {
  if (state.markAtMs === atMs && state.weightPercent === weightPercent) return state
  return {
    ...state,
    begunAtMs: state.begunAtMs ?? atMs,
    markAtMs: atMs,
    weightPercent,
    lastRequestAtMs: atMs,
    channels: state.channels.map((channel) => ({ ...channel, mirror: [], step: noPair })),
    split: { canary: 0, total: 0 },
  }
}

/** The state after the provider did not answer at `atMs`, or had no counters of the canary. */
export const blind = (state: AnalysisState, atMs: number): AnalysisState => ({
  ...state,
  blindSinceMs: state.blindSinceMs ?? atMs,
})

/**
 * The state after a person continued in spite of a verdict. The person knows what was proven, so the guardrail and the test of the split
 * start anew. That costs no alpha, because it happens only after a proof. The comparison, which reverts, is never reset.
 */
export const overrule = (state: AnalysisState, nowMs: number): AnalysisState => ({
  ...state,
  overruledAtMs: nowMs,
  guardrail: { canary: beginMixture(), stable: beginMixture() },
  split: { canary: 0, total: 0 },
})

/** What an analysis is doing while it has no verdict, for people. */
export type Standing = 'waiting' | 'warming-up' | 'looking' | 'idle' | 'blind'

export function standingOf(plan: AnalysisPlan, state: AnalysisState, nowMs: number): Standing {
  if (state.blindSinceMs !== null) return 'blind'
  if (state.begunAtMs === null) return 'waiting'
  if (isIdle(plan, state, nowMs)) return 'idle'
  return nowMs < state.begunAtMs + plan.settings.warmUpMs ? 'warming-up' : 'looking'
}

/** Has the canary had no request for `idleAfter`? */
export const isIdle = (plan: AnalysisPlan, state: AnalysisState, nowMs: number): boolean =>
  state.lastRequestAtMs !== null && nowMs - state.lastRequestAtMs >= plan.settings.idleAfterMs
