/** How near a pass is, and how much longer it takes at the rates of the step so far, for people who wait while there is no verdict. */
import { unitMs } from '../plan/duration.ts'
import type { AnalysisMode } from '../rollout/rollout.ts'
import type { AnalysisPlan, AnalysisState } from './analysis.ts'
import { channelAt } from './analysis.ts'
import type { Channel } from './channels.ts'
import { channelsOf } from './channels.ts'
import { failingEvidence, stepEvidence } from './evidence.ts'
import { percent, withheldByClients } from './sentence.ts'
import { secondsToShow } from './time-to-show.ts'
import { isWithheldBy } from './missing-counters.ts'
import type { Elapsed } from './verdict.ts'

export interface Nearness {
  /** Null: not within this bake, at the present rates. */
  readonly toGoMs: number | null
  /** `errors: at most 2.1 %, needs 1 %: about 90 s to go`. */
  readonly text: string
}

/** Null where the analysis waits for no pass, or has counted nothing in this step yet. */
export function nearnessOf(plan: AnalysisPlan, state: AnalysisState, mode: AnalysisMode, elapsed: Elapsed): Nearness | null {
  const counted = countedMs(plan, state)
  if (mode.kind !== 'bake' || state.blindSinceMs !== null || counted === null) return null
  const leftMs = Math.max(0, mode.maxMs - elapsed.inModeMs)
  const channels = channelsOf(plan.settings.metrics, plan.objective)
  const open = channels.flatMap((channel, i) => {
    const step = stepEvidence(plan, state, channel, i)
    if (!step?.isNeeded || step.isGood || step.isNotInferior) return []
    const toGoMs = toShowMs(plan, state, channel, i, counted, leftMs)
    return [{ toGoMs, text: `${channel.id}: at most ${percent(step.bound)}, needs ${percent(step.objective)}` }]
  })
  const byClients = withheldByClients(
    channels.map((channel, i) => ({ id: channel.id, failing: failingEvidence(state, channel, i) })),
  )
  if (byClients !== null) return { toGoMs: null, text: `nothing passes while ${byClients}` }
  const isWithheld = channels.some((channel) => isWithheldBy(channel, state.missing[channel.id]))
  const atLeastMs = Math.max(mode.minMs - elapsed.inModeMs, untilTimeoutMs(plan, state), 0)
  if (open.length === 0) {
    if (isWithheld)
      return { toGoMs: null, text: 'everything counted is shown good, but nothing passes without the metric that has no data' }
    return { toGoMs: atLeastMs, text: `everything is shown good: ${aboutText(atLeastMs)} to go` }
  }
  const toGoMs =
    isWithheld || open.some((one) => one.toGoMs === null) ? null : Math.max(atLeastMs, ...open.map((one) => one.toGoMs ?? 0))
  const each = open.map(
    (one) =>
      `${one.text}: ${one.toGoMs === null ? `not within the ${spanText(leftMs)} left` : `${aboutText(Math.max(atLeastMs, one.toGoMs))} to go`}`,
  )
  return { toGoMs, text: each.join('; ') }
}

/** The time whose requests are in the step's counts. Null: none yet. */
function countedMs({ settings }: AnalysisPlan, { markAtMs, begunAtMs, lastCountedAtMs }: AnalysisState): number | null {
  if (markAtMs === null || begunAtMs === null || lastCountedAtMs === null) return null
  const ms = lastCountedAtMs - Math.max(markAtMs, begunAtMs + settings.warmUpMs)
  return ms > 0 ? ms : null
}

function toShowMs(
  plan: AnalysisPlan,
  state: AnalysisState,
  channel: Channel,
  i: number,
  counted: number,
  leftMs: number,
): number | null {
  const { a, n, b, m } = channelAt(state, i).step
  const s = counted / 1_000
  const perSecond = { a: a / s, n: n / s, b: b / s, m: m / s }
  const seconds = secondsToShow(plan, channel, state.dispersion, perSecond, (counted + leftMs) / 1_000)
  return seconds === null ? null : Math.max(0, seconds * 1_000 - counted)
}

/** The time until the first requests of this step have had their timeout. A pass waits for it. */
const untilTimeoutMs = ({ requestTimeoutMs }: AnalysisPlan, { markAtMs, lastCountedAtMs }: AnalysisState): number =>
  (markAtMs ?? 0) + requestTimeoutMs - (lastCountedAtMs ?? 0)

const aboutText = (ms: number): string => (ms < 10 * unitMs.s ? 'a few seconds' : `about ${spanText(ms)}`)

/** Rounded, because it is an estimate. */
function spanText(ms: number): string {
  if (ms < 10 * unitMs.s) return `${Math.round(ms / unitMs.s)} s`
  if (ms < 2 * unitMs.m) return `${10 * Math.round(ms / (10 * unitMs.s))} s`
  return ms < 2 * unitMs.h ? `${Math.round(ms / unitMs.m)} min` : `${Math.round(ms / unitMs.h)} h`
}
