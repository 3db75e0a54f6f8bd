/**
 * Whether a version is alive. It judges the target's report on the replicas, and no counter: unexpected exits, and time without a healthy
 * replica. These are facts and not samples, so the verdicts cost no alpha.
 */
import type { VerdictKind } from '../rollout/reason.ts'
import type { AnalysisMode } from '../rollout/rollout.ts'
import type { AnalysisPlan, AnalysisState } from './analysis.ts'

/** An unexpected end of a process, of a replica that had been ready once. An earlier end belongs to readiness. */
export interface Exit {
  /** Number of the replica within the version, from 0. It stays over restarts. */
  readonly replica: number
  readonly atMs: number
  readonly code: number | null
  readonly signal: string | null
  /** Its last output, oldest first. Empty where it printed nothing, or where only newer exits keep their output. */
  readonly lines: readonly string[]
}

/** A stretch without any healthy replica. */
export interface Outage {
  readonly fromMs: number
  readonly untilMs: number
}

/** What a target reports of one version's replicas. */
export interface Liveness {
  /** Since when no replica has been healthy. Null while one is, and before the first one was. */
  readonly deadSinceMs: number | null
  /** Outages of the last two minutes that are over, oldest first, without those that the target's own restart caused. */
  readonly outages: readonly Outage[]
  /**
   * Time from the start of a process to its first good health check: the longest over the replicas' latest starts. Null before the first.
   */
  readonly startMs: number | null
  /** Oldest first; of each replica at least as many as a declaration may allow, and one more. */
  readonly exits: readonly Exit[]
  /** All exits, also those that are no longer listed. */
  readonly exitCount: number
}

/** One more than the largest `maxRestarts` that a declaration may have. */
export const keptExits = 21

export interface Sides {
  readonly canary: Liveness | null
  /** Null where there is no baseline, or the target knows nothing of it. */
  readonly stable: Liveness | null
}

/** Why a version counts as not alive. */
export interface Lapse {
  readonly kind: 'restarts' | 'dead' | 'flapping'
  readonly detail: string
}

const shortestDeathMs = 5_000
const windowMs = 60_000
const shareOfWindow = 0.1
const fewestOutages = 2

/** The verdict on `sides`. Null: there is none, or not yet. Both sides are held to the same limits. */
export function livenessVerdict(
  plan: AnalysisPlan,
  state: AnalysisState,
  { kind }: AnalysisMode,
  { canary, stable }: Sides,
  nowMs: number,
): readonly [VerdictKind, string] | null {
  const lapse = canary && lapseOfCanary(plan, state, canary, nowMs)
  if (!canary || !lapse) return null
  if (plan.stable === null) return withoutBaseline(lapse, kind === 'wait')
  const other = stable && lapseOfStable(plan, state, canary, stable, nowMs)
  if (other) {
    const detail = `both versions: the new one ${lapse.detail}; the stable one ${other.detail}: a revert would not help`
    return kind === 'wait' || kind === 'shift' ? null : ['both-bad', detail]
  }
  // The stable version is down at this moment, so a revert would not help. Whether it is dead too or recovers is known within its own
  // limit.
  if (stable && stable.deadSinceMs !== null && lapse.kind !== 'restarts') return null
  return [lapse.kind === 'restarts' ? 'fail' : 'dead', lapse.detail]
}

/**
 * Without a baseline there is nothing to revert to. While the version is held, a person already decides about it, so only a dead version
 * gets a verdict.
 */
function withoutBaseline({ kind, detail }: Lapse, isHeld: boolean): readonly [VerdictKind, string] | null {
  if (kind === 'dead') return ['dead', detail]
  return isHeld ? null : ['fail', detail]
}

function lapseOfCanary(plan: AnalysisPlan, state: AnalysisState, canary: Liveness, nowMs: number): Lapse | null {
  const decidedAtMs = state.overruledAtMs ?? 0
  const fromMs = Math.max(state.markAtMs ?? 0, decidedAtMs)
  const warmAtMs = (state.begunAtMs ?? nowMs) + plan.settings.warmUpMs
  return (
    restarting(canary.exits, plan.settings.maxRestarts, fromMs) ??
    (nowMs < warmAtMs ? null : (dead(canary, decidedAtMs, nowMs) ?? flapping(canary, Math.max(warmAtMs, decidedAtMs), nowMs)))
  )
}

/**
 * The stable version has no step and no warm-up. Its exits fall elsewhere in time, so it gets one more gap of the canary's. Otherwise, of
 * two versions that crash alike, the one that crashed first would be blamed.
 */
function lapseOfStable(
  plan: AnalysisPlan,
  state: AnalysisState,
  canary: Liveness,
  stable: Liveness,
  nowMs: number,
): Lapse | null {
  const decidedAtMs = state.overruledAtMs ?? 0
  const fromMs = Math.max(state.markAtMs ?? 0, decidedAtMs)
  const own = worst(canary.exits, fromMs)
  const gapMs = own.length > 1 ? ((own.at(-1)?.atMs ?? 0) - (own[0]?.atMs ?? 0)) / (own.length - 1) : 0
  return (
    restarting(stable.exits, plan.settings.maxRestarts, fromMs - gapMs) ??
    dead(stable, decidedAtMs, nowMs) ??
    flapping(stable, decidedAtMs, nowMs)
  )
}

/** Exits since `fromMs` of the replica with most of them. */
function worst(exits: readonly Exit[], fromMs: number): readonly Exit[] {
  const byReplica = Map.groupBy(
    exits.filter(({ atMs }) => atMs >= fromMs),
    ({ replica }) => replica,
  )
  return [...byReplica.values()].reduce<readonly Exit[]>((most, own) => (own.length > most.length ? own : most), [])
}

function restarting(exits: readonly Exit[], maxRestarts: number, fromMs: number): Lapse | null {
  const own = worst(exits, fromMs)
  return own.length > maxRestarts ? { kind: 'restarts', detail: exitsText(own) } : null
}

/** Without a healthy replica for one unbroken stretch. */
function dead({ deadSinceMs, startMs }: Liveness, decidedAtMs: number, nowMs: number): Lapse | null {
  const forMs = deadSinceMs === null ? 0 : nowMs - Math.max(deadSinceMs, decidedAtMs)
  if (forMs < Math.max(shortestDeathMs, 2 * (startMs ?? 0))) return null
  return { kind: 'dead', detail: `no healthy replica for ${Math.round(forMs / 1_000)} s` }
}

/** Without a healthy replica for a tenth of the last minute, in at least two outages, the present one included. */
function flapping({ deadSinceMs, outages }: Liveness, notBeforeMs: number, nowMs: number): Lapse | null {
  const fromMs = Math.max(nowMs - windowMs, notBeforeMs)
  const lasting = deadSinceMs === null ? [] : [{ fromMs: deadSinceMs, untilMs: nowMs }]
  const parts = [...outages, ...lasting]
    .map((outage) => Math.min(nowMs, outage.untilMs) - Math.max(fromMs, outage.fromMs))
    .filter((ms) => ms > 0)
  const totalMs = parts.reduce((sum, ms) => sum + ms, 0)
  if (parts.length < fewestOutages || totalMs < windowMs * shareOfWindow) return null
  const detail = `no healthy replica for ${Math.round(totalMs / 1_000)} s of the last minute, in ${parts.length} outages`
  return { kind: 'flapping', detail }
}

/** `exit code 1`, `ended by SIGKILL`. */
export const exitText = ({ code, signal }: Pick<Exit, 'code' | 'signal'>): string =>
  signal === null ? `exit code ${code}` : `ended by ${signal}`

/** `exit code 1, 3 times in 40 s`: how the last one ended, how often, and within which time. */
export function exitsText(exits: readonly Exit[]): string {
  const [first, last] = [exits[0], exits.at(-1)]
  if (!first || !last) return 'no exits'
  const ways = [...new Set(exits.map(exitText))]
  const how = ways.length <= 2 ? ways.join(' or ') : `${exitText(last)} and others`
  if (exits.length === 1) return how
  return `${how}, ${exits.length} times in ${Math.max(1, Math.round((last.atMs - first.atMs) / 1_000))} s`
}

/** What a verdict and a status show of one side's replicas. */
export interface LivenessEvidence {
  /** Unexpected exits since the step began, at all replicas. */
  readonly exits: number
  /** How they ended, and when the last one did. Null without an exit. */
  readonly how: string | null
  readonly lastAtMs: number | null
  /** The last output of the newest exit that printed something. */
  readonly lines: readonly string[]
  readonly deadSinceMs: number | null
}

export function livenessEvidence({ markAtMs }: AnalysisState, side: Liveness | null): LivenessEvidence | null {
  if (!side) return null
  const exits = side.exits.filter(({ atMs }) => atMs >= (markAtMs ?? 0))
  const last = exits.at(-1)
  return {
    exits: exits.length,
    how: last ? exitsText(worst(exits, 0)) : null,
    lastAtMs: last?.atMs ?? null,
    lines: exits.findLast(({ lines }) => lines.length > 0)?.lines ?? [],
    deadSinceMs: side.deadSinceMs,
  }
}
