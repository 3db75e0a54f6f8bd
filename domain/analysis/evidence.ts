/** What a verdict rests on, so that a person can see why: counts, E against its limits, bounds, phi, the look that decided. */
import { limitsOf } from './alpha.ts'
import type { AnalysisPlan, AnalysisState } from './analysis.ts'
import { channelAt } from './analysis.ts'
import { isShownGood, logSplit, upperBound } from './bound.ts'
import { cautionsOf } from './caution.ts'
import type { Channel, Counts } from './channels.ts'
import { channelsOf } from './channels.ts'
import { mirrorLogE } from './comparison.ts'
import type { Phi } from './dispersion.ts'
import { boundPhiFor, dispersionFor, testPhiFor } from './dispersion.ts'
import type { Standing } from './failing-clients.ts'
import { isMostlyFailing } from './failing-clients.ts'
import { channelLogE, isByClients, releaseLogE, round } from './look-row.ts'
import type { LivenessEvidence } from './liveness.ts'
import { logE } from './mixture.ts'

export interface ChannelEvidence {
  readonly id: string
  /** Share of the release's E; 0 for a dry run. */
  readonly weight: number
  /** Over all looks that counted. */
  readonly canary: Counts
  readonly stable: Counts
  /**
   * True where sticky clients are judged. Bad answers in a row to one client then count as one, out of the requests of the clients that
   * count.
   */
  readonly byClients: boolean
  readonly logE: number
  /** Sticky clients that fail now, of those active; null where they are not judged, or none of the canary's has been active. */
  readonly failing: FailingEvidence | null
  readonly phi: number
  readonly phiBasis: Phi['basis']
  /** Above `phi` where `maxDispersion` cuts it: alpha is not held. */
  readonly phiMeasured: number
  /** What a pass needs; null where there is no objective. */
  readonly step: StepEvidence | null
}

export interface FailingEvidence extends Standing {
  readonly logE: number
  /** True: nothing passes, because most of the canary's clients fail. */
  readonly withholdsPass: boolean
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
  /** False for a dry run. */
  readonly isNeeded: boolean
}

/** E values and limits as natural logarithms. */
export interface Evidence {
  /** The look that decided: how many looks had counted, and the instant of its counters. */
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
    readonly byClients: boolean
    readonly canaryErrors: Counts
    readonly stableErrors: Counts
  }
  /** All requests over all looks that counted, and those with an error, also where clients are judged. */
  readonly requests: { readonly canary: Counts; readonly stable: Counts }
  /**
   * Since the mark: requests, or first draws of sticky clients; null when it is not tested (no baseline, or the provider does not count
   * them).
   */
  readonly split: {
    readonly logE: number
    readonly limit: number
    readonly canary: number
    readonly total: number
    readonly byClients: boolean
  } | null
  readonly channels: readonly ChannelEvidence[]
  readonly blindSinceMs: number | null
  /** Where the evidence is weaker than it looks, as sentences: alpha that is not held, metrics without data. */
  readonly cautions: readonly string[]
  /** What the target reports of the replicas in this step. Absent where it was not asked, or did not answer. */
  readonly replicas?: { readonly canary: LivenessEvidence | null; readonly stable: LivenessEvidence | null }
}

/** What is known at this point of the analysis. */
export function evidenceOf(plan: AnalysisPlan, state: AnalysisState): Evidence {
  const limits = limitsOf(plan.alpha)
  const channels = channelsOf(plan.settings.metrics, plan.objective)
  return {
    look: state.looks,
    atMs: state.lastCountedAtMs,
    weightPercent: state.weightPercent,
    alpha: plan.alpha,
    logE: plan.stable === null ? 0 : releaseLogE(state, channels),
    limit: Math.log(limits.comparison),
    guardrail: {
      canary: logE(state.guardrail.canary),
      stable: logE(state.guardrail.stable),
      limit: Math.log(limits.guardrail),
      maxErrorRate: plan.settings.maxErrorRate,
      ...guarded(state, channels),
    },
    requests: state.total,
    split: isSplitTested(plan, state)
      ? { logE: splitLogE(state), limit: Math.log(limits.sampleRatio), ...state.split, byClients: plan.sticky }
      : null,
    channels: channels.map((channel, i) => channelEvidence(plan, state, channel, i)),
    blindSinceMs: state.blindSinceMs,
    cautions: cautionsOf(plan, state, channels),
  }
}

/** What the guardrail has judged: errors, as their channel counts them. */
function guarded(
  state: AnalysisState,
  channels: readonly Channel[],
): Pick<Evidence['guardrail'], 'byClients' | 'canaryErrors' | 'stableErrors'> {
  const i = channels.findIndex(({ metric }) => metric.kind === 'errors')
  const { a, n, b, m } = channelAt(state, i).total
  return { byClients: state.byClients, canaryErrors: { bad: a, total: n }, stableErrors: { bad: b, total: m } }
}

/** Sticky clients are tested on their first draws, where the provider counts them. */
const isSplitTested = ({ stable, sticky }: AnalysisPlan, { split }: AnalysisState): boolean =>
  stable !== null && !(sticky && split.total === 0)

export const splitLogE = ({ split, weightPercent }: AnalysisState): number => logSplit(split.canary, split.total, weightPercent)

function channelEvidence(plan: AnalysisPlan, state: AnalysisState, channel: Channel, i: number): ChannelEvidence {
  const { a, n, b, m } = channelAt(state, i).total
  const { basis, measured } = dispersionFor(state.dispersion, channel.id)
  const byClients = isByClients(state, channel)
  return {
    id: channel.id,
    weight: channel.weight,
    canary: { bad: a, total: n },
    stable: { bad: b, total: m },
    byClients,
    logE: round(channelLogE(state, channel, i)),
    failing: failingEvidence(state, channel, i),
    phi: round(testPhiFor(state.dispersion, channel.id, state.byClients)),
    phiBasis: basis,
    phiMeasured: round(state.byClients && basis === 'too-few-errors' ? 1 : measured),
    step: stepEvidence(plan, state, channel, i),
  }
}

/** A dry run withholds no pass, and neither does a metric without a share and an objective. */
export function failingEvidence(state: AnalysisState, channel: Channel, i: number): FailingEvidence | null {
  const { failing } = channelAt(state, i)
  if (!failing.now || !isByClients(state, channel)) return null
  const hasSay = !channel.metric.dryRun && (channel.weight > 0 || channel.objective !== null)
  return { ...failing.now, logE: round(failing.logE), withholdsPass: hasSay && isMostlyFailing(failing) }
}

/** What the step has shown of channel `i`; null where it has no objective. */
export function stepEvidence(
  plan: AnalysisPlan,
  state: AnalysisState,
  { id, objective, metric }: Channel,
  i: number,
): StepEvidence | null {
  if (objective === null) return null
  const { step, mirror } = channelAt(state, i)
  const { a, n } = step
  const { beta } = plan.settings
  const phi = boundPhiFor(state.dispersion, id)
  const logMirror = mirrorLogE(mirror)
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
