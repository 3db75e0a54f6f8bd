/** What a verdict rested on, so that a person can see why: counts, E against its limits, bounds, phi, the look that decided. */
import { limitsOf } from './alpha.ts'
import type { AnalysisPlan, AnalysisState } from './analysis.ts'
import { isShownGood, logSplit, upperBound } from './bound.ts'
import { cautionsOf } from './caution.ts'
import type { Channel, Counts } from './channels.ts'
import { channelsOf } from './channels.ts'
import { mirrorLogE } from './comparison.ts'
import type { Phi } from './dispersion.ts'
import { boundPhiFor, dispersionFor } from './dispersion.ts'
import { channelLogE, releaseLogE, round } from './look-row.ts'
import type { LivenessEvidence } from './liveness.ts'
import { logE } from './mixture.ts'

export interface ChannelEvidence {
  readonly id: string
  /** Share of the release's E; 0 for a dry run. */
  readonly weight: number
  /** Over all looks that counted. */
  readonly canary: Counts
  readonly stable: Counts
  readonly logE: number
  readonly phi: number
  readonly phiBasis: Phi['basis']
  /** Above `phi` where `maxDispersion` cuts it: alpha is not held. */
  readonly phiMeasured: number
  /** What a pass needs; null where there is no objective. */
  readonly step: StepEvidence | null
}

/** The step's data alone. */
export interface StepEvidence {
  readonly canary: Counts
  readonly objective: number
  /** Upper bound of the canary's rate. */
  readonly bound: number
  readonly isGood: boolean
  /** Against "at least margin times the baseline's rate", and where that is refuted. */
  readonly logMirror: number
  readonly mirrorLimit: number
  readonly isNotInferior: boolean
  /** A dry run has no say. */
  readonly isNeeded: boolean
}

/** E values and limits as natural logarithms. */
export interface Evidence {
  /** The look that decided: how many had counted, and the instant of the reading. */
  readonly look: number
  readonly atMs: number | null
  readonly weightPercent: number
  readonly alpha: number
  readonly logE: number
  readonly limit: number
  readonly guardrail: {
    readonly canary: number
    readonly stable: number
    readonly limit: number
    readonly maxErrorRate: number
    readonly canaryErrors: Counts
    readonly stableErrors: Counts
  }
  /** Since the mark: requests, or first draws of sticky clients; null when it is not tested (no baseline, or nobody counts those). */
  readonly split: { readonly logE: number; readonly limit: number; readonly canary: number; readonly total: number } | null
  readonly channels: readonly ChannelEvidence[]
  readonly blindSinceMs: number | null
  /** Where the evidence is weaker than it looks, as sentences: alpha that is not held, metrics without data. */
  readonly cautions: readonly string[]
  /** What the target says of the replicas, in this step; absent where it was not asked, or did not answer. */
  readonly replicas?: { readonly canary: LivenessEvidence | null; readonly stable: LivenessEvidence | null }
}

/** What is known at this point of the analysis. */
export function evidenceOf(plan: AnalysisPlan, state: AnalysisState): Evidence {
  const limits = limitsOf(plan.alpha)
  const channels = channelsOf(plan.settings.metrics, plan.objective)
  return {
    look: state.looks,
    atMs: state.lastReadingAtMs,
    weightPercent: state.weightPercent,
    alpha: plan.alpha,
    logE: plan.stable === null ? 0 : releaseLogE(state, channels),
    limit: Math.log(limits.comparison),
    guardrail: {
      canary: logE(state.guardrail.canary),
      stable: logE(state.guardrail.stable),
      limit: Math.log(limits.guardrail),
      maxErrorRate: plan.settings.maxErrorRate,
      canaryErrors: state.total.canary,
      stableErrors: state.total.stable,
    },
    split: isSplitTested(plan, state) ? { logE: splitLogE(state), limit: Math.log(limits.sampleRatio), ...state.split } : null,
    channels: channels.map((channel, i) => channelEvidence(plan, state, channel, i)),
    blindSinceMs: state.blindSinceMs,
    cautions: cautionsOf(plan, state, channels),
  }
}

/** Sticky clients are tested on their first draws, where the provider counts them. */
const isSplitTested = ({ stable, sticky }: AnalysisPlan, { split }: AnalysisState): boolean =>
  stable !== null && !(sticky && split.total === 0)

export const splitLogE = ({ split, weightPercent }: AnalysisState): number => logSplit(split.canary, split.total, weightPercent)

function channelEvidence(plan: AnalysisPlan, state: AnalysisState, channel: Channel, i: number): ChannelEvidence {
  const { a, n, b, m } = state.channels[i]?.total ?? { a: 0, n: 0, b: 0, m: 0 }
  const { phi, basis, measured } = dispersionFor(state.dispersion, channel.id)
  return {
    id: channel.id,
    weight: channel.weight,
    canary: { bad: a, total: n },
    stable: { bad: b, total: m },
    logE: round(channelLogE(state, i)),
    phi: round(phi),
    phiBasis: basis,
    phiMeasured: round(measured),
    step: stepEvidence(plan, state, channel, i),
  }
}

/** What the step has shown of channel `i`; null where it has no objective. */
export function stepEvidence(
  plan: AnalysisPlan,
  state: AnalysisState,
  { id, objective, metric }: Channel,
  i: number,
): StepEvidence | null {
  const own = state.channels[i]
  if (objective === null || !own) return null
  const { a, n } = own.step
  const { beta } = plan.settings
  const phi = boundPhiFor(state.dispersion, id)
  const logMirror = mirrorLogE(own.mirror)
  const mirrorLimit = Math.log(1 / beta)
  return {
    canary: { bad: a, total: n },
    objective,
    bound: round(upperBound(a, n, objective, beta, phi)),
    isGood: isShownGood(a, n, objective, beta, phi),
    logMirror: round(logMirror),
    mirrorLimit: round(mirrorLimit),
    isNotInferior: logMirror >= mirrorLimit,
    isNeeded: !metric.dryRun,
  }
}
