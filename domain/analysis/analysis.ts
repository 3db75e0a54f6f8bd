/** The fold of an analysis: readings in, one state out. Everything it says is in verdict.ts. Pure; the state is JSON. */
import type { AnalysisSettings, Objective } from '../service.ts'
import type { Channel, Counts } from './channels.ts'
import { addCounts, channelsOf, noCounts } from './channels.ts'
import type { Pair } from './comparison.ts'
import { beginComparison, betterRatios, compare, logRatio, worseRatios } from './comparison.ts'
import { guard } from './guardrail.ts'
import type { Mixture } from './mixture.ts'
import { logE } from './mixture.ts'
import type { Reading, ReplicaCounters } from './reading.ts'

export interface AnalysisPlan {
  readonly settings: AnalysisSettings
  readonly objective: Objective
  /** This environment's share of the service's alpha. */
  readonly alpha: number
  readonly canary: string
  /** Null: there is no baseline, only the guardrail speaks. */
  readonly stable: string | null
  readonly requestTimeoutMs: number
  readonly sticky: boolean
}

/** One metric's test: E over the whole rollout, and what this step alone has shown. */
export interface ChannelState {
  readonly test: Mixture
  readonly phi: number
  /** log of the mirror test's factors, one start, this step only. */
  readonly mirror: readonly number[]
  readonly step: Counts
  readonly canary: Counts
  readonly stable: Counts
}

export interface AnalysisState {
  readonly channels: Readonly<Record<string, ChannelState>>
  readonly guard: { readonly canary: Mixture; readonly stable: Mixture }
  readonly firstMarkMs: number | null
  readonly mark: { readonly atMs: number; readonly weight: number } | null
  /** Requests per side since the mark: what the split is judged by. */
  readonly split: { readonly n: number; readonly m: number }
  /** Counts by channel at the last look, per replica; null right after a mark. */
  readonly last: Readonly<Record<string, Readonly<Record<string, Counts>>>> | null
  readonly lookAtMs: number | null
  readonly looks: number
  readonly lastRequestAtMs: number | null
  readonly blindSinceMs: number | null
}

/** What a chart shows of one look. */
export interface LookRow {
  readonly atMs: number
  readonly canary: Counts
  readonly stable: Counts
  /** log E of the release, its limit is in the status; per channel beside it. */
  readonly logE: number
  readonly channels: Readonly<Record<string, number>>
  /** Why it was not counted. */
  readonly note: string | null
}

/** @param phis phi by channel id, measured before the first step; 1 where nothing is said. */
export function beginAnalysis(plan: AnalysisPlan, phis: Readonly<Record<string, number>>): AnalysisState {
  const channels = channelsOf(plan.settings.metrics, plan.objective).map(({ id }): [string, ChannelState] => [
    id,
    { test: beginComparison(), phi: phis[id] ?? 1, mirror: noMirror(), step: noCounts, canary: noCounts, stable: noCounts },
  ])
  const guards = { canary: beginComparison(), stable: beginComparison() }
  const seen = { firstMarkMs: null, mark: null, last: null, lookAtMs: null, lastRequestAtMs: null, blindSinceMs: null }
  return { channels: Object.fromEntries(channels), guard: guards, split: { n: 0, m: 0 }, looks: 0, ...seen }
}

/** A verified weight change: what the step alone has shown starts anew, E and its capital are carried on. */
export function mark(state: AnalysisState, atMs: number, weight: number): AnalysisState {
  const channels = Object.entries(state.channels).map(([id, channel]) => [id, { ...channel, mirror: noMirror(), step: noCounts }])
  const firstMarkMs = state.firstMarkMs ?? atMs
  const fresh = { last: null, lookAtMs: null, lastRequestAtMs: atMs, split: { n: 0, m: 0 } }
  return { ...state, ...fresh, firstMarkMs, mark: { atMs, weight }, channels: Object.fromEntries(channels) }
}

/** The provider did not answer: nothing is known, least of all that all is well. */
export const blind = (state: AnalysisState, atMs: number): AnalysisState => ({
  ...state,
  blindSinceMs: state.blindSinceMs ?? atMs,
})

/** Folds one reading in. The first after a mark, and those of the warm-up, only set where counting starts. */
export function look(plan: AnalysisPlan, before: AnalysisState, reading: Reading): { state: AnalysisState; row: LookRow } {
  const channels = channelsOf(plan.settings.metrics, plan.objective)
  const last = countsOf(channels, reading.replicas)
  const state = { ...before, last, lookAtMs: reading.atMs, looks: before.looks + 1, blindSinceMs: null }
  const note = whyDiscarded(plan, before, reading.atMs)
  if (note !== null || before.last === null)
    return { state, row: rowOf(channels, state, reading.atMs, noPairs, note ?? 'counting starts here') }
  const pairs = pairsOf(plan, channels, before.last, last, reading.replicas)
  const folded = fold(plan, channels, state, pairs, reading.atMs)
  return { state: folded, row: rowOf(channels, folded, reading.atMs, pairs, null) }
}

const noMirror = (): readonly number[] => new Array<number>(32).fill(0)
const noPairs: ReadonlyMap<string, Pair> = new Map()

function whyDiscarded({ settings }: AnalysisPlan, { firstMarkMs }: AnalysisState, atMs: number): string | null {
  return firstMarkMs !== null && atMs < firstMarkMs + settings.warmUpMs ? 'warming up' : null
}

/** Counts by replica (with its revision in front) and channel. */
function countsOf(channels: readonly Channel[], replicas: readonly ReplicaCounters[]): NonNullable<AnalysisState['last']> {
  const entries = replicas.map((replica) => [
    keyOf(replica),
    Object.fromEntries(channels.map(({ id, count }) => [id, count(replica)])),
  ])
  return Object.fromEntries(entries)
}

const keyOf = ({ revision, replica }: ReplicaCounters): string => `${revision} ${replica}`

/** What both sides counted since the last look. A replica that is new counts from 0; a lost one takes nothing back. */
function pairsOf(
  plan: AnalysisPlan,
  channels: readonly Channel[],
  before: NonNullable<AnalysisState['last']>,
  now: NonNullable<AnalysisState['last']>,
  replicas: readonly ReplicaCounters[],
): Map<string, Pair> {
  const side = (revision: string | null, id: string): Counts =>
    replicas
      .filter((replica) => replica.revision === revision)
      .map((replica) => since(before[keyOf(replica)]?.[id] ?? noCounts, now[keyOf(replica)]?.[id] ?? noCounts))
      .reduce(addCounts, noCounts)
  return new Map(
    channels.map(({ id }) => {
      const canary = side(plan.canary, id)
      const stable = side(plan.stable, id)
      return [id, { a: canary.bad, n: canary.total, b: stable.bad, m: stable.total }]
    }),
  )
}

/** Never backwards: a counter that fell started anew. */
const since = (before: Counts, now: Counts): Counts =>
  now.total < before.total || now.bad < before.bad ? now : { bad: now.bad - before.bad, total: now.total - before.total }

function fold(
  plan: AnalysisPlan,
  channels: readonly Channel[],
  state: AnalysisState,
  pairs: ReadonlyMap<string, Pair>,
  atMs: number,
): AnalysisState {
  const { h0, margin } = plan.settings
  const next = channels.map(({ id }): [string, ChannelState] => {
    const channel = state.channels[id] ?? {
      test: beginComparison(),
      phi: 1,
      mirror: noMirror(),
      step: noCounts,
      canary: noCounts,
      stable: noCounts,
    }
    const pair = pairs.get(id) ?? { a: 0, n: 0, b: 0, m: 0 }
    const better = betterRatios(margin)
    return [
      id,
      {
        phi: channel.phi,
        test: compare(channel.test, pair, worseRatios(h0), h0, channel.phi),
        mirror: channel.mirror.map((log, i) => log + logRatio(pair, better[i] ?? margin, margin, channel.phi)),
        step: addCounts(channel.step, { bad: pair.a, total: pair.n }),
        canary: addCounts(channel.canary, { bad: pair.a, total: pair.n }),
        stable: addCounts(channel.stable, { bad: pair.b, total: pair.m }),
      },
    ]
  })
  const errors = pairs.get('errors') ?? { a: 0, n: 0, b: 0, m: 0 }
  const phi = state.channels['errors']?.phi ?? 1
  const p0 = plan.settings.maxErrorRate
  return {
    ...state,
    channels: Object.fromEntries(next),
    guard: {
      canary: guard(state.guard.canary, errors.a, errors.n, p0, phi),
      stable: guard(state.guard.stable, errors.b, errors.m, p0, phi),
    },
    split: { n: state.split.n + errors.n, m: state.split.m + errors.m },
    lastRequestAtMs: errors.n > 0 ? atMs : state.lastRequestAtMs,
  }
}

/** log of the release's E: the weighted mean of its channels'. */
export function releaseLogE(channels: readonly Channel[], state: AnalysisState): number {
  const shares = channels.filter(({ share }) => share > 0)
  const total = shares.reduce((sum, { share }) => sum + share, 0)
  if (total === 0) return 0
  const logs = shares.map(({ id, share }) => Math.log(share / total) + logE(state.channels[id]?.test ?? beginComparison()))
  const high = Math.max(...logs)
  return high + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - high), 0))
}

function rowOf(
  channels: readonly Channel[],
  state: AnalysisState,
  atMs: number,
  pairs: ReadonlyMap<string, Pair>,
  note: string | null,
): LookRow {
  const errors = pairs.get('errors') ?? { a: 0, n: 0, b: 0, m: 0 }
  const perChannel = channels.map(({ id }) => [id, round(logE(state.channels[id]?.test ?? beginComparison()))])
  const sides = { canary: { bad: errors.a, total: errors.n }, stable: { bad: errors.b, total: errors.m } }
  return { atMs, ...sides, logE: round(releaseLogE(channels, state)), channels: Object.fromEntries(perChannel), note }
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000
