/** The verdict on what was seen so far: the table of docs/analysis.md as one function, first match wins, with evidence and a sentence. */
import type { VerdictKind } from '../rollout/reason.ts'
import type { AnalysisMode } from '../rollout/rollout.ts'
import type { AnalysisPlan, AnalysisState } from './analysis.ts'
import { isIdle } from './analysis.ts'
import { channelsOf } from './channels.ts'
import type { Evidence } from './evidence.ts'
import { evidenceOf } from './evidence.ts'
import { isWithheldBy } from './missing-counters.ts'
import * as sentence from './sentence.ts'

export interface Verdict {
  readonly kind: VerdictKind
  /** Why, as a sentence. */
  readonly detail: string
  readonly evidence: Evidence
}

/** `inModeMs`: time spent in this mode at this step; a bake's time does not run while it is paused. */
export interface Elapsed {
  readonly nowMs: number
  readonly inModeMs: number
}

type Finding = readonly [kind: VerdictKind, detail: string]

/**
 * The verdict that follows from `state`. Null: the analysis continues. A rollout that is held gets no verdict that would only hold it
 * again: `both-bad` and `split-broken` ask for a wait, and without a baseline there is nothing to revert to.
 */
export function verdict(plan: AnalysisPlan, state: AnalysisState, mode: AnalysisMode, elapsed: Elapsed): Verdict | null {
  const evidence = evidenceOf(plan, state)
  const found = broken(plan, evidence, mode) ?? unseen(plan, state, mode, elapsed) ?? inMode(plan, state, evidence, mode, elapsed)
  return found ? { kind: found[0], detail: cautioned(found, evidence), evidence } : null
}

/** Adds the cautions to a verdict that rests on tests. */
const cautioned = ([kind, detail]: Finding, { cautions }: Evidence): string =>
  ['fail', 'both-bad', 'pass', 'inconclusive'].includes(kind) ? [detail, ...cautions].join('; ') : detail

/**
 * The verdicts of every mode, also of a paused canary. A version that already waits, or is moving to another weight, gets no verdict that
 * holds it.
 */
function broken(plan: AnalysisPlan, evidence: Evidence, mode: AnalysisMode): Finding | null {
  const { guardrail, split } = evidence
  const isWaiting = mode.kind === 'wait'
  const isCanaryBroken = guardrail.canary >= guardrail.limit
  const isStableBroken = guardrail.stable >= guardrail.limit
  if (evidence.logE >= evidence.limit) return ['fail', sentence.worseThanBaseline(evidence)]
  if (isCanaryBroken && !isStableBroken && !isStableDoubtful(evidence) && !(isWaiting && plan.stable === null))
    return ['fail', sentence.guardrailBroken(evidence)]
  if (isWaiting || mode.kind === 'shift') return null
  if (isCanaryBroken && isStableBroken) return ['both-bad', sentence.bothBad(evidence)]
  if (split && split.logE >= split.limit) return ['split-broken', sentence.splitBroken(split, evidence.weightPercent)]
  return null
}

/** The wait ends at this many times the evidence that proves the canary broken. */
const patience = 4

/**
 * The stable version has traffic beside the canary, looks broken too, and is not proven broken yet. Of two versions that are broken alike,
 * chance decides which is proven first, so the verdict waits. Soon the stable version is proven broken too, or looks better; where the
 * canary is worse, the comparison shows it meanwhile.
 */
const isStableDoubtful = ({ weightPercent, guardrail }: Evidence): boolean =>
  weightPercent < 100 &&
  guardrail.canary < patience * guardrail.limit &&
  (guardrail.stable > 0 || guardrail.stableErrors.bad > guardrail.maxErrorRate * guardrail.stableErrors.total)

function unseen(
  { settings, stable }: AnalysisPlan,
  { blindSinceMs }: AnalysisState,
  mode: AnalysisMode,
  { nowMs }: Elapsed,
): Finding | null {
  if (mode.kind === 'wait' && stable === null) return null
  if (blindSinceMs === null || nowMs - blindSinceMs < settings.maxBlindMs) return null
  return ['blind', `the metrics provider has had no counters of the canary for ${sentence.seconds(nowMs - blindSinceMs)}`]
}

function inMode(
  plan: AnalysisPlan,
  state: AnalysisState,
  evidence: Evidence,
  mode: AnalysisMode,
  { nowMs, inModeMs }: Elapsed,
): Finding | null {
  switch (mode.kind) {
    case 'guard':
    case 'shift':
      return null
    case 'wait':
      return inModeMs >= mode.forMs ? ['over', `no person decided in ${sentence.seconds(inModeMs)}`] : null
    case 'watch':
      // Not while blind: a watch that sees nothing has not ended well.
      return inModeMs >= mode.forMs && state.blindSinceMs === null ? ['over', sentence.watched(evidence)] : null
    case 'bake':
      if (inModeMs >= mode.minMs && isProven(plan, state, evidence)) return ['pass', sentence.proven(evidence)]
      if (inModeMs < mode.maxMs) return null
      return isIdle(plan, state, nowMs)
        ? ['idle', `no request has reached the canary for ${sentence.seconds(nowMs - (state.lastRequestAtMs ?? nowMs))}`]
        : ['inconclusive', sentence.unproven(evidence)]
  }
}

/** Whether every metric with an objective is shown good or not inferior, and the first requests of the step have had their timeout. */
function isProven(plan: AnalysisPlan, state: AnalysisState, { channels }: Evidence): boolean {
  if (state.blindSinceMs !== null || state.markAtMs === null) return false
  if ((state.lastCountedAtMs ?? 0) < state.markAtMs + plan.requestTimeoutMs) return false
  if (channelsOf(plan.settings.metrics, plan.objective).some((channel) => isWithheldBy(channel, state.missing[channel.id])))
    return false
  if (channels.some(({ failing }) => failing?.withholdsPass)) return false
  const needed = channels.flatMap(({ step }) => (step?.isNeeded ? [step] : []))
  // Without a metric that has an objective, there is no proof.
  return needed.length > 0 && needed.every(({ isGood, isNotInferior }) => isGood || isNotInferior)
}
