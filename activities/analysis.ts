/** The analysis: the activity looks again and again, folds the counters through the domain, and answers with the first verdict. */
import { Context, heartbeat } from '@temporalio/activity'
import type { RolloutLease } from '../adapters/postgres/rollouts/rollout-ledger.ts'
import type { StepInput, StepResult } from '../domain/rollout/step-input.ts'
import type { AnalysisPlan } from '../domain/analysis/analysis.ts'
import { analysisPlanOf, beginAnalysis, routingBeside } from '../domain/analysis/analysis.ts'
import { exitNews } from '../domain/analysis/exit-news.ts'
import type { Snapshot } from '../domain/analysis/snapshot.ts'
import { firstSnapshot, isBeside, later, positioned, withVerdict } from '../domain/analysis/snapshot.ts'
import type { Sides } from '../domain/analysis/liveness.ts'
import type { LookRow } from '../domain/analysis/look-row.ts'
import { pauseAfterLookMs } from '../domain/analysis/pace.ts'
import { statusOf } from '../domain/analysis/status.ts'
import { verdictOf } from '../domain/analysis/verdict-of.ts'
import type { Verdict } from '../domain/analysis/verdict.ts'
import type { Revision } from '../domain/plan/plan.ts'
import type { AnalysisMode } from '../domain/rollout/rollout.ts'
import { stepKey } from '../domain/queue/fencing-token.ts'
import type { PendingRequest } from '../domain/queue/turn.ts'
import { overResult } from './run-step.ts'
import type { AnalysisDependencies } from './dependencies.ts'
import { alive } from './heartbeats.ts'
import { lookOnce } from './look-once.ts'
import { currentRun } from './frame.ts'

type Dependencies = Pick<AnalysisDependencies, 'ledger' | 'analyses' | 'target' | 'traffic' | 'metrics'>

export interface AnalyseInput extends StepInput {
  readonly mode: AnalysisMode
  /** The canary's verified weight. */
  readonly weight: number
}

export const createAnalysisActivities = (dependencies: Dependencies) => ({
  /** Looks until there is a verdict, a request comes, or the workflow cancels it. */
  async analyse(input: AnalyseInput): Promise<StepResult> {
    // Heartbeats keep Temporal from giving this attempt up while the database hangs. An attempt that was given up would continue later and
    // take the epoch of the next one.
    const lease = await alive(() => dependencies.ledger.verifyLease(currentRun(), input.step))
    if (lease.turn.state === 'over') return overResult(lease)
    const { epoch, state } = await alive(async () => {
      await dependencies.ledger.record(lease, { input, event: null })
      return dependencies.analyses.begin(lease)
    })
    const { plan: rollout, stable } = lease.turn
    const routingOf = ({ traffic, target }: Revision) => dependencies.traffic(traffic, target).routing()
    const plan = analysisPlanOf(rollout, stable, routingBeside(routingOf(rollout.canary), stable && routingOf(stable)))
    // Without a baseline there is no dispersion to measure. Otherwise the first look measures it.
    const snapshot = state ?? firstSnapshot(beginAnalysis(plan, plan.stable === null ? {} : null))
    const at = { ...input, stepKey: stepKey(lease.fencingToken) }
    return looking(dependencies, lease, input, epoch, plan, positioned(snapshot, at, Date.now()))
  },
})

const keepEveryMs = 5_000
/** A look that comes later than this follows a gap, such as a machine that slept. The gap does not count as baked time. */
const longestDelayMs = 5_000

async function looking(
  dependencies: Dependencies,
  lease: RolloutLease,
  input: AnalyseInput,
  epoch: number,
  plan: AnalysisPlan,
  from: Snapshot,
): Promise<StepResult> {
  const signal = Context.current().cancellationSignal
  const { workflowId } = lease.turn
  let snapshot = from
  let rows: LookRow[] = []
  let savedAtMs = 0
  let lastMs = Date.now()
  for (;;) {
    const nowMs = Date.now()
    const looked = await alive(() => lookOnce(dependencies, lease, plan, snapshot.analysis, nowMs, input.mode.kind === 'shift'))
    if (looked.row) rows.push(looked.row)
    snapshot = later(
      { ...snapshot, analysis: looked.analysis },
      input.mode,
      Math.min(plan.settings.lookMs + longestDelayMs, nowMs - lastMs),
    )
    lastMs = nowMs
    const elapsed = { nowMs, inModeMs: snapshot.modeMs[input.mode.kind] }
    const verdict = verdictOf(plan, snapshot.analysis, input.mode, elapsed, looked.sides)
    snapshot = await withExitsNotified(dependencies, lease, epoch, snapshot, looked.sides)
    if (verdict) snapshot = withVerdict(snapshot, verdict.kind)
    const cancelled = signal.aborted
    let pending: PendingRequest | null = null
    if (verdict || cancelled || nowMs - savedAtMs >= keepEveryMs) {
      const status = statusOf(plan, snapshot.analysis, input.mode, elapsed, { ...looked, verdict })
      const looks = rows.map((row) => ({ atMs: row.atMs, row }))
      pending = await dependencies.analyses.keep(workflowId, epoch, snapshot, status, looks)
      rows = []
      savedAtMs = nowMs
    }
    if (verdict) return concluded(dependencies, lease, input, epoch, verdict, pending)
    // A failure and not a result, because the workflow takes a result for the end of the step. The next attempt continues the analysis.
    if (Context.current().cancellationDetails?.workerShutdown) throw new Error('this worker ends')
    if (cancelled || isFor(pending, input.mode)) return { observation: null, pending }
    heartbeat()
    const pauseMs = pauseAfterLookMs(plan, snapshot.analysis, input.mode, looked.row !== null)
    await alive(() => pause(pauseMs - (Date.now() - nowMs), signal))
  }
}

/** Writes an event for each exit that is news. A repeat writes nothing. */
async function withExitsNotified(
  dependencies: Dependencies,
  lease: RolloutLease,
  epoch: number,
  snapshot: Snapshot,
  sides: Sides | null,
): Promise<Snapshot> {
  const sinceMs = snapshot.analysis.begunAtMs
  if (!sides || sinceMs === null) return snapshot
  const { notified, news } = exitNews(snapshot.exitsNotified, sides, sinceMs)
  if (news.length > 0) {
    const { plan, stable } = lease.turn
    const versions = { canary: plan.canary.version, stable: stable?.version ?? '' }
    await dependencies.analyses.tell(
      lease,
      epoch,
      news.map(({ side, atMs, ...data }) => ({
        key: `exit.${side}.${atMs}`,
        kind: 'replica-exited',
        data: { version: versions[side], ...data },
      })),
    )
  }
  return { ...snapshot, exitsNotified: notified }
}

async function concluded(
  dependencies: Dependencies,
  lease: RolloutLease,
  input: AnalyseInput,
  epoch: number,
  verdict: Verdict,
  pending: PendingRequest | null,
): Promise<StepResult> {
  await dependencies.analyses.conclude(lease, input, epoch, verdict, isBeside(input.mode))
  return { observation: { kind: 'verdict', verdict: verdict.kind, detail: verdict.detail }, pending }
}

/** Only a watch can be cut short. A requested revert ends every analysis. */
const isFor = (pending: PendingRequest | null, mode: AnalysisMode): boolean =>
  pending !== null && (pending !== 'cut-short' || mode.kind === 'watch')

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    // A declared pause is at most an hour. A clock that was set back would ask for a longer one.
    const timer = setTimeout(resolve, Math.min(Math.max(0, ms), 3_600_000))
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
