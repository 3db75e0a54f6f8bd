/** The row that a look leaves for charts, and which rows are kept. */
import { limitsOf } from './alpha.ts'
import { upperBound } from './bound.ts'
import type { Channel, Counts } from './channels.ts'
import type { Counted, SideDelta } from './count.ts'
import { boundPhiFor } from './dispersion.ts'
import { failingShare } from './failing-clients.ts'
import { logWeightedMean } from './log-space.ts'
import { logE } from './mixture.ts'
import type { AnalysisPlan, AnalysisState } from './analysis.ts'
import { channelAt } from './analysis.ts'

/**
 * Why a look did not count: nothing before it to compare with, not newer than the last, a weight change inside, warm-up, long while the
 * split moved. A `torn` look (a baseline replica was lost or restarted in place, or none is known) counts for the canary alone and compares
 * nothing.
 */
export type LookNote = 'first-reading' | 'no-news' | 'mark' | 'warm-up' | 'split-moved' | 'torn'

/** Counts are this look's, rates run over all looks that counted (null without requests). Evidence as natural logarithms. */
export interface LookRow {
  readonly atMs: number
  readonly weightPercent: number
  readonly canary: Counts
  /** Zero where there is no baseline. */
  readonly stable: Counts
  readonly canaryRate: number | null
  readonly stableRate: number | null
  /** The release's log E, and the limit at which it fails. */
  readonly logE: number
  readonly logLimit: number
  readonly guardrail: { readonly canary: number; readonly stable: number; readonly limit: number }
  /** log E by channel. */
  readonly channels: Readonly<Record<string, number>>
  /** Upper bound of the canary's rate in this step, by channel with an objective. */
  readonly bounds: Readonly<Record<string, number>>
  readonly note: LookNote | null
}

export function rowOf(
  plan: AnalysisPlan,
  state: AnalysisState,
  channels: readonly Channel[],
  atMs: number,
  counted: Counted,
  note: LookNote | null,
): LookRow {
  const limits = limitsOf(plan.alpha)
  const nothing = note === 'first-reading' || note === 'no-news'
  return {
    atMs,
    weightPercent: state.weightPercent,
    canary: nothing ? nobody : countsOf(counted.canary),
    stable: nothing ? nobody : countsOf(counted.stable),
    canaryRate: rateOf(state.total.canary),
    stableRate: rateOf(state.total.stable),
    logE: round(releaseLogE(state, channels)),
    logLimit: round(Math.log(limits.comparison)),
    guardrail: {
      canary: round(logE(state.guardrail.canary)),
      stable: round(logE(state.guardrail.stable)),
      limit: round(Math.log(limits.guardrail)),
    },
    channels: Object.fromEntries(channels.map((channel, i) => [channel.id, round(channelLogE(state, channel, i))])),
    bounds: Object.fromEntries(channels.flatMap((channel, i) => boundEntry(plan, state, channel, i))),
    note,
  }
}

/** log E of the release: the weighted mean over its channels. A mean of e-processes is one, so no correction is needed. */
export const releaseLogE = (state: AnalysisState, channels: readonly Channel[]): number =>
  logWeightedMean(
    channels.map((channel, i) => channelLogE(state, channel, i)),
    channels.map(({ weight }) => weight),
  )

/** log E of one channel. Where clients are judged, the weighted mean of the comparison and the test of failing clients. */
export function channelLogE(state: AnalysisState, channel: Channel, i: number): number {
  const own = channelAt(state, i)
  return isByClients(state, channel)
    ? logWeightedMean([logE(own.test), own.failing.logE], [1 - failingShare, failingShare])
    : logE(own.test)
}

export const isByClients = ({ byClients }: AnalysisState, { metric }: Channel): boolean => byClients && metric.kind !== 'query'

/** A rate, or null without requests. */
export const rateOf = ({ bad, total }: Counts): number | null => (total > 0 ? round(bad / total) : null)

/** Six digits are enough for people, and keep rows small. */
export const round = (value: number): number => Number(value.toPrecision(6))

function boundEntry(plan: AnalysisPlan, state: AnalysisState, { id, objective }: Channel, i: number): [string, number][] {
  const { step } = channelAt(state, i)
  if (objective === null || step.n === 0) return []
  return [[id, round(upperBound(step.a, step.n, objective, plan.settings.beta, boundPhiFor(state.dispersion, id)))]]
}

const nobody: Counts = { bad: 0, total: 0 }
const countsOf = ({ errors, requests }: SideDelta): Counts => ({ bad: errors, total: requests })

const fineMs = 15 * 60_000
const fineEveryMs = 1_000
const coarseMs = 10_000
const mostRows = 2_000

/**
 * Rows worth keeping at `nowMs`, oldest first: one per second of the last 15 minutes (the last of each), before that one per 10 s, or per
 * 20, 40, ... s until there are at most 2,000.
 */
export function thin<Row extends Pick<LookRow, 'atMs'>>(rows: readonly Row[], nowMs: number): readonly Row[] {
  const fine = lastOfEach(
    rows.filter(({ atMs }) => nowMs - atMs <= fineMs),
    fineEveryMs,
  )
  const old = rows.filter(({ atMs }) => nowMs - atMs > fineMs)
  const room = mostRows - fine.length
  // Doubling nests the buckets, so that a row that was kept before is kept again.
  for (let everyMs = coarseMs; ; everyMs *= 2) {
    const kept = lastOfEach(old, everyMs)
    if (kept.length <= room) return [...kept, ...fine]
  }
}

const lastOfEach = <Row extends Pick<LookRow, 'atMs'>>(rows: readonly Row[], everyMs: number): readonly Row[] =>
  rows.filter(({ atMs }, i) => {
    const next = rows[i + 1]
    return !next || Math.floor(next.atMs / everyMs) !== Math.floor(atMs / everyMs)
  })
