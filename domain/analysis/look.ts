/** One look: counters in, evidence and a row for charts out. Looks cost no alpha, so they are taken every second or two. */
import type { Channel, Counts } from './channels.ts'
import { channelsOf, edgesOf } from './channels.ts'
import type { Counted, SideDelta } from './count.ts'
import { count, width } from './count.ts'
import { testPhiFor } from './dispersion.ts'
import type { Pair } from './comparison.ts'
import { foldErrors } from './comparison.ts'
import { foldFailing, standingIn } from './failing-clients.ts'
import { foldGuardrail, guardrailAt } from './guardrail.ts'
import type { LookNote, LookRow } from './look-row.ts'
import { rowOf } from './look-row.ts'
import { foldMirror } from './comparison.ts'
import type { Counters } from './counters.ts'
import type { AnalysisPlan, AnalysisState, ChannelState } from './analysis.ts'
import { channelAt } from './analysis.ts'
import { missingIn } from './missing-counters.ts'

/** A look that is longer than this and in which the split moved compares nothing. Comparing it raised false aborts by 28 %. */
const longLookMs = 5_000

/**
 * Folds `counters` into the state. The same state and counters give the same result. Counters that are not newer than the last ones change
 * nothing.
 * @param isShifting true while the weight may change
 */
export function look(
  plan: AnalysisPlan,
  state: AnalysisState,
  counters: Counters,
  isShifting = false,
): { readonly state: AnalysisState; readonly row: LookRow } {
  const channels = channelsOf(plan.settings.metrics, plan.objective)
  const counted = count(state.replicas, plan, channels, counters)
  const note = noteOn(state, plan, counters, counted, isShifting)
  const after = note === 'no-news' ? state : fold(state, plan, channels, counters, counted, note)
  return { state: after, row: rowOf(plan, after, channels, counters.atMs, counted, note) }
}

function fold(
  state: AnalysisState,
  plan: AnalysisPlan,
  channels: readonly Channel[],
  counters: Counters,
  counted: Counted,
  note: LookNote | null,
): AnalysisState {
  const came = note !== 'first-reading' && counted.canary.arrived + counted.canary.requests > 0
  const seen: AnalysisState = {
    ...state,
    lastCountedAtMs: counters.atMs,
    lastRequestAtMs: came ? counters.atMs : state.lastRequestAtMs,
    blindSinceMs: null,
    replicas: counted.replicas,
    byClients: counted.byClients,
    falls: state.falls + (counted.hasFallen ? 1 : 0),
    missing: missingIn(plan, channels, counters, counted.replicas),
  }
  return note === null || note === 'torn' ? judged(seen, state, plan, channels, counted, counters) : seen
}

/** Why a look is discarded (L = 1): wholly, or, when `torn`, only its comparison. */
function noteOn(
  state: AnalysisState,
  plan: AnalysisPlan,
  counters: Counters,
  counted: Counted,
  isShifting: boolean,
): LookNote | null {
  const fromMs = state.lastCountedAtMs
  if (fromMs === null) return 'first-reading'
  if (counters.atMs <= fromMs || counted.isWaiting) return 'no-news'
  if (state.markAtMs === null || fromMs < state.markAtMs) return 'mark'
  if (state.begunAtMs !== null && fromMs < state.begunAtMs + plan.settings.warmUpMs) return 'warm-up'
  if (counted.torn) return 'torn'
  return (isShifting || counters.atMs - fromMs > longLookMs) && hasSplitMoved(state, counted) ? 'split-moved' : null
}

/** Whether this look's split is further from the step's than four standard deviations. It uses requests only, and no errors. */
function hasSplitMoved(state: AnalysisState, { canary, stable }: Counted): boolean {
  const total = canary.arrived + stable.arrived
  const few = 20
  const share = (state.split.canary + (few * state.weightPercent) / 100) / (state.split.total + few)
  return Math.abs(canary.arrived - share * total) > 1 + 4 * Math.sqrt(total * share * (1 - share))
}

function judged(
  seen: AnalysisState,
  before: AnalysisState,
  plan: AnalysisPlan,
  channels: readonly Channel[],
  { canary, stable, torn }: Counted,
  counters: Counters,
): AnalysisState {
  const { settings } = plan
  const guardrail = guardrailAt(settings.maxErrorRate)
  const phiOf = (id: string) => testPhiFor(seen.dispersion, id, seen.byClients)
  const errors = channels.findIndex(({ metric }) => metric.kind === 'errors')
  const guarded = (test: AnalysisState['guardrail']['canary'], side: SideDelta) =>
    foldGuardrail(test, guardrail, countAt(side, errors, 0), countAt(side, errors, 1), phiOf('errors'), seen.byClients)
  return {
    ...seen,
    looks: seen.looks + 1,
    channels: channels.map((channel, i) => {
      const state = channelAt(seen, i)
      const standing = seen.byClients && !torn ? standingIn(counters, plan, channel) : null
      return foldChannel(state, channel, { ...pairsOf(canary, stable, i, torn), standing }, plan, phiOf(channel.id))
    }),
    guardrail: {
      canary: guarded(seen.guardrail.canary, canary),
      stable: torn ? seen.guardrail.stable : guarded(seen.guardrail.stable, stable),
    },
    split: !torn && isSettled(before, plan, counters.atAnswers ?? false) ? splitAfter(seen.split, canary, stable) : seen.split,
    total: { canary: plus(seen.total.canary, canary), stable: torn ? seen.total.stable : plus(seen.total.stable, stable) },
  }
}

function foldChannel(
  state: ChannelState,
  channel: Channel,
  { compared, counts, standing }: Pairs & { readonly standing: ReturnType<typeof standingIn> },
  plan: AnalysisPlan,
  phi: number,
): ChannelState {
  const { h0, margin } = plan.settings
  return {
    test: compared.reduce((test, pair) => foldErrors(test, pair, h0, phi), state.test),
    failing: standing === null ? state.failing : foldFailing(state.failing, standing, h0, phi),
    mirror:
      channel.objective === null
        ? state.mirror
        : compared.reduce((mirror, pair) => foldMirror(mirror, pair, margin, phi), state.mirror),
    step: sum(state.step, counts),
    total: sum(state.total, counts),
  }
}

/** A torn look's baseline counts as nothing. Every comparison is then 1, and the canary's own counts stay. */
function pairsOf(canary: SideDelta, stable: SideDelta, i: number, torn: boolean): Pairs {
  const sideOf = (side: SideDelta) => {
    const [bad, total, exposure, newBad, newExposure] = [0, 1, 2, 3, 4].map((part) => countAt(side, i, part)) as Numbers
    return { bad, total, exposure, newBad, newExposure }
  }
  const x = sideOf(canary)
  const y = torn ? { bad: 0, total: 0, exposure: 0, newBad: 0, newExposure: 0 } : sideOf(stable)
  return {
    counts: { a: x.bad, n: x.total, b: y.bad, m: y.total },
    compared: [
      { a: x.bad - x.newBad, n: x.exposure - x.newExposure, b: y.bad - y.newBad, m: y.exposure - y.newExposure },
      ...(x.newExposure + y.newExposure > 0 ? [{ a: x.newBad, n: x.newExposure, b: y.newBad, m: y.newExposure }] : []),
    ],
  }
}

type Numbers = [number, number, number, number, number]

interface Pairs {
  readonly counts: Pair
  /**
   * Compared by exposure, so that a sticky client that sends many requests weighs no more than others. New clients are compared separately.
   * Returning clients were drawn once, and chance gave a version more or fewer of them. A flood of failing new clients beside them would
   * make that chance look like a difference between the versions.
   */
  readonly compared: readonly Pair[]
}

const countAt = ({ channels }: SideDelta, i: number, part: number): number => channels[width * i + part] ?? 0

const sum = (x: Pair, y: Pair): Pair => ({ a: x.a + y.a, n: x.n + y.n, b: x.b + y.b, m: x.m + y.m })

const plus = (side: Counts, { errors, requests }: SideDelta): Counts => ({
  bad: side.bad + errors,
  total: side.total + requests,
})

/**
 * Whether the split since the mark shows the new weight alone. Requests that were sent before the mark still arrive for as long as the
 * lowest edge, or for as long as the timeout where they are counted at their answers.
 */
function isSettled(before: AnalysisState, plan: AnalysisPlan, atAnswers: boolean): boolean {
  const settleMs = atAnswers ? plan.requestTimeoutMs : Math.min(...edgesOf(plan.settings.metrics, plan.objective))
  return before.markAtMs !== null && (before.lastCountedAtMs ?? 0) >= before.markAtMs + settleMs
}

const splitAfter = (split: AnalysisState['split'], canary: SideDelta, stable: SideDelta): AnalysisState['split'] => ({
  canary: split.canary + canary.arrived,
  total: split.total + canary.arrived + stable.arrived,
})
