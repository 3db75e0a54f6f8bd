/** What an analysis says, and what it rests on. Going back by mistake is bounded by alpha over all metrics, steps and looks. */
import type { AnalysisMode, VerdictKind } from '../rollout.ts'
import type { AnalysisPlan, AnalysisState, ChannelState } from './analysis.ts'
import { releaseLogE } from './analysis.ts'
import { logSplit, upperBound } from './bound.ts'
import type { Channel, Counts } from './channels.ts'
import { channelsOf } from './channels.ts'
import { logE } from './mixture.ts'

/** How alpha is spent within one environment. */
export const alphaShares = { comparison: 0.8, guardrail: 0.15, split: 0.05 } as const

export interface ChannelEvidence {
  readonly id: string
  readonly canary: Counts
  readonly stable: Counts
  readonly logE: number
  readonly phi: number
  /** Upper bound of the canary's rate in this step, and what good means. */
  readonly bound: number
  readonly objective: number | null
  /** log of the mirror test's E: large means not inferior. */
  readonly logMirror: number
}

export interface Evidence {
  readonly logE: number
  /** log of the limit that E must not reach. */
  readonly limit: number
  readonly guardrail: { readonly canary: number; readonly stable: number; readonly limit: number; readonly maxErrorRate: number }
  readonly split: {
    readonly logE: number
    readonly limit: number
    readonly canary: number
    readonly stable: number
    readonly weight: number
  }
  readonly channels: readonly ChannelEvidence[]
  /** Which look decided. */
  readonly look: number
  readonly alpha: number
}

export interface Verdict {
  readonly kind: VerdictKind
  /** One sentence for people. */
  readonly detail: string
  readonly evidence: Evidence
}

/** Time that this step has been measured in its mode, in milliseconds. */
export interface Elapsed {
  readonly nowMs: number
  readonly inModeMs: number
}

/** Null: go on looking. */
export function verdict(plan: AnalysisPlan, state: AnalysisState, mode: AnalysisMode, elapsed: Elapsed): Verdict | null {
  const evidence = evidenceOf(plan, state)
  const say = (kind: VerdictKind, detail: string): Verdict => ({ kind, detail, evidence })
  const broken = brokenVerdict(plan, state, mode, evidence)
  if (broken) return say(...broken)
  if (state.blindSinceMs !== null) {
    const blindMs = elapsed.nowMs - state.blindSinceMs
    // Not knowing holds everything: neither a pass nor the end of a watch may rest on it.
    return blindMs >= plan.settings.maxBlindMs
      ? say('blind', `the metrics provider has not answered for ${seconds(blindMs)} s`)
      : null
  }
  if (mode.kind !== 'bake')
    return elapsed.inModeMs >= mode.forMs ? say('over', `nothing was found in ${seconds(elapsed.inModeMs)} s`) : null
  if (mayPass(plan, state, mode.minMs, elapsed) && evidence.channels.every((channel) => isShown(plan, channel)))
    return say('pass', passDetail(evidence))
  if (elapsed.inModeMs < mode.maxMs) return null
  const idle = isIdle(plan, state, elapsed.nowMs) ? ', and no requests came' : ''
  return say('inconclusive', `neither good nor bad is shown after ${seconds(elapsed.inModeMs)} s${idle}`)
}

/** Have no requests come to the canary for longer than allowed? Shown as status; the bake goes on. */
export const isIdle = ({ settings }: AnalysisPlan, { lastRequestAtMs }: AnalysisState, nowMs: number): boolean =>
  lastRequestAtMs !== null && nowMs - lastRequestAtMs >= settings.idleAfterMs

function brokenVerdict(
  plan: AnalysisPlan,
  state: AnalysisState,
  mode: AnalysisMode,
  evidence: Evidence,
): [VerdictKind, string] | null {
  const { guardrail, split } = evidence
  if (plan.stable !== null && evidence.logE >= evidence.limit) {
    const worst = evidence.channels.toSorted((a, b) => b.logE - a.logE)[0]
    return [
      'fail',
      worst
        ? `${worst.id}: ${rate(worst.canary)} at the canary, ${rate(worst.stable)} at the stable version`
        : 'worse than stable',
    ]
  }
  const canaryBroken = guardrail.canary >= guardrail.limit
  const stableBroken = plan.stable !== null && guardrail.stable >= guardrail.limit
  const errors = state.channels['errors']
  const limit = `more than ${percent(guardrail.maxErrorRate)} errors are allowed nowhere`
  if (canaryBroken && !stableBroken) return ['fail', `${limit}: ${errors ? rate(errors.canary) : ''} at the canary`]
  // A person was told already when it is held.
  if (mode.kind === 'hold') return null
  if (canaryBroken && stableBroken) return ['both-bad', `${limit}: both versions have them, going back would not help`]
  if (split.logE >= split.limit)
    return ['split-broken', `${split.canary} of ${split.canary + split.stable} requests at a weight of ${split.weight} %`]
  return null
}

/** What held at another weight says little about this one; and a request that hangs needs its timeout to be seen. */
const mayPass = (plan: AnalysisPlan, { mark }: AnalysisState, minMs: number, { nowMs, inModeMs }: Elapsed): boolean =>
  inModeMs >= minMs && mark !== null && nowMs - mark.atMs >= plan.requestTimeoutMs

/** Good, or not inferior. A metric without an objective is not needed for a pass. */
function isShown({ settings }: AnalysisPlan, { objective, bound, logMirror }: ChannelEvidence): boolean {
  return objective === null || bound < objective || logMirror >= Math.log(1 / settings.beta)
}

function passDetail({ channels }: Evidence): string {
  const needed = channels.filter(({ objective }) => objective !== null)
  return needed
    .map(
      ({ id, bound, objective }) =>
        `${id}: at most ${percent(bound)}${bound < (objective ?? 0) ? '' : ', not worse than stable'}`,
    )
    .join('; ')
}

export function evidenceOf(plan: AnalysisPlan, state: AnalysisState): Evidence {
  const channels = channelsOf(plan.settings.metrics, plan.objective)
  const weight = state.mark?.weight ?? 0
  const { n, m } = state.split
  const splits = plan.stable !== null && !plan.sticky
  return {
    logE: plan.stable === null ? 0 : releaseLogE(channels, state),
    limit: Math.log(1 / (alphaShares.comparison * plan.alpha)),
    guardrail: {
      canary: logE(state.guard.canary),
      stable: logE(state.guard.stable),
      limit: Math.log(1 / (alphaShares.guardrail * plan.alpha)),
      maxErrorRate: plan.settings.maxErrorRate,
    },
    split: {
      logE: splits ? logSplit(n, m, weight / 100) : 0,
      limit: Math.log(1 / (alphaShares.split * plan.alpha)),
      canary: n,
      stable: m,
      weight,
    },
    channels: channels.flatMap((channel) => channelEvidence(plan, channel, state.channels[channel.id])),
    look: state.looks,
    alpha: plan.alpha,
  }
}

function channelEvidence(
  { settings }: AnalysisPlan,
  { id, objective }: Channel,
  channel: ChannelState | undefined,
): readonly ChannelEvidence[] {
  if (!channel) return []
  const { canary, stable, phi, step, mirror, test } = channel
  const bound = objective === null ? 1 : upperBound(step.bad, step.total, objective, settings.beta)
  return [{ id, canary, stable, logE: logE(test), phi, bound, objective, logMirror: meanOf(mirror) }]
}

function meanOf(logs: readonly number[]): number {
  const high = Math.max(...logs)
  return high + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - high), 0) / logs.length)
}

const seconds = (ms: number): number => Math.round(ms / 1_000)
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`
const rate = ({ bad, total }: Counts): string => `${total === 0 ? '0 %' : percent(bad / total)} (${bad} of ${total})`
