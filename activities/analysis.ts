/** The activity that loops: it looks, folds the counts through the domain's analysis, and returns at the first verdict. */
import { Context, heartbeat } from '@temporalio/activity'
import type { Held } from '../adapters/postgres/held.ts'
import type { Metrics } from '../adapters/metrics/metrics.ts'
import type { ActInput, ActResult } from '../domain/act.ts'
import type { AnalysisPlan, AnalysisState } from '../domain/analysis/analysis.ts'
import { beginAnalysis, mark, overrule, standingOf } from '../domain/analysis/analysis.ts'
import { channelsOf, edgesOf } from '../domain/analysis/channels.ts'
import { dispersionOf } from '../domain/analysis/dispersion.ts'
import { evidenceOf } from '../domain/analysis/evidence.ts'
import type { LookRow } from '../domain/analysis/look-row.ts'
import { thin } from '../domain/analysis/look-row.ts'
import type { Verdict } from '../domain/analysis/verdict.ts'
import { verdict } from '../domain/analysis/verdict.ts'
import type { AnalysisMode } from '../domain/rollout.ts'
import type { Asked } from '../domain/turn.ts'
import { currentRun, overResult } from './act.ts'
import type { Doors } from './doors.ts'
import { alive } from './heartbeats.ts'
import { lookOnce, wanted } from './look-once.ts'

export interface AnalyseInput extends ActInput {
  readonly mode: AnalysisMode
  /** The canary's verified weight. */
  readonly weight: number
}

/** What is kept between attempts: the domain's state, and how long this move has been measured in which mode. */
interface Kept {
  readonly analysis: AnalysisState
  readonly move: number
  readonly weight: number
  readonly modeMs: Readonly<Record<AnalysisMode['kind'], number>>
  /** The last verdict, and the act whose it was. */
  readonly said: { readonly kind: Verdict['kind']; readonly step: number } | null
}

export const createAnalysisActivities = (doors: Doors) => ({
  /** Looks until there is a verdict, something is asked, or it is cancelled. */
  async analyse(input: AnalyseInput): Promise<ActResult> {
    const held = await doors.ledger.hold(currentRun(), input.step)
    if (held.turn.state === 'over') return overResult(held)
    await doors.ledger.record(held, input, null)
    const { epoch, state } = await doors.analyses.begin<Kept>(held.turn.workflowId)
    const plan = analysisPlan(held)
    const kept = state ?? (await alive(() => begin(doors.metrics(held.turn.plan.metrics), held, plan)))
    return looking(doors, held, input, epoch, plan, positioned(kept, input))
  },
})

const keepEveryMs = 5_000
const thinEveryMs = 60_000
/** A gap in looking (a worker that died) is not time that was baked. */
const longestLookMs = 5_000

async function looking(
  doors: Doors,
  held: Held,
  input: AnalyseInput,
  epoch: number,
  plan: AnalysisPlan,
  from: Kept,
): Promise<ActResult> {
  const signal = Context.current().cancellationSignal
  const { workflowId } = held.turn
  let kept = from
  let rows: LookRow[] = []
  let keptAtMs = 0
  let thinnedAtMs = 0
  let lastMs = Date.now()
  for (;;) {
    const nowMs = Date.now()
    const looked = await alive(() => lookOnce(doors, held, plan, kept.analysis, nowMs))
    if (looked.row) rows.push(looked.row)
    kept = { ...kept, analysis: looked.analysis, modeMs: later(kept.modeMs, input.mode, Math.min(longestLookMs, nowMs - lastMs)) }
    lastMs = nowMs
    const said = looked.dead ?? verdict(plan, kept.analysis, input.mode, { nowMs, inModeMs: kept.modeMs[input.mode.kind] })
    if (said) kept = { ...kept, said: { kind: said.kind, step: input.step } }
    const cancelled = signal.aborted
    let asked: Asked | null = null
    if (said || cancelled || nowMs - keptAtMs >= keepEveryMs) {
      const status = { ...statusOf(plan, kept, input, nowMs, said), blindBecause: looked.blindBecause }
      const looks = rows.map((row) => ({ atMs: row.atMs, row }))
      asked = await doors.analyses.keep(workflowId, epoch, kept, status, looks)
      rows = []
      keptAtMs = nowMs
    }
    if (said) return concluded(doors, held, input, epoch, said, asked)
    if (cancelled || isFor(asked, input.mode)) return { seen: null, asked }
    heartbeat()
    if (nowMs - thinnedAtMs >= thinEveryMs) {
      await thinLooks(doors, workflowId, nowMs)
      thinnedAtMs = nowMs
    }
    await pause(plan.settings.lookMs - (Date.now() - nowMs), signal)
  }
}

/** Looks are for charts: old ones are kept further apart. */
async function thinLooks({ analyses }: Doors, workflowId: string, nowMs: number): Promise<void> {
  const rows = (await analyses.looks(workflowId)).map(({ row }) => row as LookRow)
  const kept = thin(rows, nowMs)
  if (kept.length < rows.length)
    await analyses.thin(
      workflowId,
      nowMs,
      kept.map(({ atMs }) => atMs),
    )
}

async function concluded(
  doors: Doors,
  held: Held,
  input: AnalyseInput,
  epoch: number,
  said: Verdict,
  asked: Asked | null,
): Promise<ActResult> {
  await doors.analyses.conclude(held, input, epoch, said, isBeside(input.mode))
  return { seen: { kind: 'verdict', verdict: said.kind, detail: said.detail }, asked }
}

/** Another act runs meanwhile. */
const isBeside = ({ kind }: AnalysisMode): boolean => kind === 'guard' || kind === 'shift'

/** A cut-short is for watches only; a way back is for everyone. */
const isFor = (asked: Asked | null, mode: AnalysisMode): boolean =>
  asked !== null && (asked !== 'cut-short' || mode.kind === 'watch')

const analysisPlan = ({ turn }: Held): AnalysisPlan => ({
  settings: turn.plan.analysis,
  objective: turn.plan.objective,
  alpha: turn.plan.alpha,
  canary: turn.plan.canary.revision,
  stable: turn.stable?.revision ?? null,
  requestTimeoutMs: timeoutOf(turn.plan.traffic.config),
  sticky: turn.plan.traffic.config['sticky'] === 'cookie',
})

const defaultTimeoutMs = 15_000
const timeoutOf = ({ timeoutMs }: Readonly<Record<string, unknown>>): number =>
  typeof timeoutMs === 'number' ? timeoutMs : defaultTimeoutMs

/** Phi is measured on the stable version, once, before the first look. */
async function begin(metrics: Metrics, { turn }: Held, plan: AnalysisPlan): Promise<Kept> {
  const { stable, settings, objective } = plan
  // Fine blocks of the last minutes and coarse ones of hours: short clusters show in the first, rare ones in the second.
  const histories = [tenMinutesMs, sixHoursMs].map((ms) =>
    stable === null ? Promise.resolve([]) : metrics.history(wanted(turn), stable, Date.now() - ms).catch(() => []),
  )
  const history = (await Promise.all(histories)).flat()
  const dispersion = dispersionOf(channelsOf(settings.metrics, objective), history, edgesOf(settings.metrics, objective))
  return { analysis: beginAnalysis(plan, dispersion), move: -1, weight: -1, modeMs: noTime, said: null }
}

const tenMinutesMs = 600_000
const sixHoursMs = 6 * 3_600_000
const noTime = { bake: 0, hold: 0, watch: 0, guard: 0, shift: 0 }

/** Another weight since the last look is a mark; another wait of the same move counts its own time anew. */
function positioned(from: Kept, { move, weight, mode, step }: AnalyseInput): Kept {
  const kept = heeded(from, mode, step)
  if (kept.move !== move || kept.weight !== weight)
    return { analysis: mark(kept.analysis, Date.now(), weight), move, weight, modeMs: noTime, said: kept.said }
  return mode.kind === 'hold' || isBeside(mode) ? { ...kept, modeMs: { ...kept.modeMs, [mode.kind]: 0 } } : kept
}

/** Verdicts after which an analysis goes on only because a person did. */
const overruled: readonly Verdict['kind'][] = ['both-bad', 'split-broken', 'fail']

/**
 * Somebody went on although both were bad, the split was broken, or the first of a place failed, with nothing to go back to: an act
 * after the one that said so, and not the hold itself.
 */
function heeded(kept: Kept, mode: AnalysisMode, step: number): Kept {
  const { said } = kept
  const held = said !== null && overruled.includes(said.kind) && said.step !== step
  return held && mode.kind !== 'hold' ? { ...kept, analysis: overrule(kept.analysis), said: null } : kept
}

const later = (modeMs: Kept['modeMs'], { kind }: AnalysisMode, byMs: number): Kept['modeMs'] => ({
  ...modeMs,
  [kind]: modeMs[kind] + byMs,
})

/** What the API shows while it runs. */
function statusOf(plan: AnalysisPlan, kept: Kept, { mode }: AnalyseInput, nowMs: number, said: Verdict | null) {
  const evidence = said?.evidence ?? evidenceOf(plan, kept.analysis)
  return {
    mode,
    inModeMs: kept.modeMs[mode.kind],
    standing: standingOf(plan, kept.analysis, nowMs),
    verdict: said?.kind ?? null,
    canary: evidence.guardrail.canaryErrors,
    stable: plan.stable === null ? null : evidence.guardrail.stableErrors,
    logE: evidence.logE,
    logLimit: evidence.limit,
    evidence,
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, ms))
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
