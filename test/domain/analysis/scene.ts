/** A small simulated service with counters for an analysis. It is seeded, so that every run has the same requests. */
import type { AnalysisPlan, AnalysisState } from '../../../domain/analysis/analysis.ts'
import { beginAnalysis, mark } from '../../../domain/analysis/analysis.ts'
import { channelsOf } from '../../../domain/analysis/channels.ts'
import type { Dispersion } from '../../../domain/analysis/dispersion.ts'
import type { LookRow } from '../../../domain/analysis/look-row.ts'
import { look } from '../../../domain/analysis/look.ts'
import type { Counters, ReplicaCounters } from '../../../domain/analysis/counters.ts'
import type { AnalysisSettings } from '../../../domain/plan/service.ts'

/** Mulberry32: draws in [0, 1). */
export function createDraws(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export const settings: AnalysisSettings = {
  lookMs: 1_000,
  h0: 1,
  margin: 1.5,
  beta: 0.05,
  maxErrorRate: 0.05,
  maxDispersion: 10,
  warmUpMs: 15_000,
  maxRestarts: 2,
  metrics: [
    { kind: 'errors', share: 0.6, dryRun: false },
    { kind: 'status', match: '4xx', share: 0.1, dryRun: false },
    { kind: 'latency', edgesMs: [100, 500], share: 0.3, dryRun: false },
  ],
  onInconclusive: 'hold',
  maxHoldMs: 86_400_000,
  idleAfterMs: 120_000,
  maxBlindMs: 600_000,
}

export const plan: AnalysisPlan = {
  settings,
  objective: { errors: 0.01, slow: { overMs: 500, share: 0.05 } },
  alpha: 0.01,
  canary: 'new',
  stable: 'old',
  requestTimeoutMs: 15_000,
  sticky: false,
}

/** phi = 1 everywhere: errors one by one. */
export const evenly = (of: AnalysisPlan = plan): Dispersion =>
  Object.fromEntries(
    channelsOf(of.settings.metrics, of.objective).map(({ id }) => [
      id,
      { phi: 1, measured: 1, pairs: 100, basis: 'two-halves' } as const,
    ]),
  )

/** How one version behaves: chances per request. */
export interface Behaviour {
  readonly errors?: number
  readonly clientErrors?: number
  readonly slow?: number
  /** Accepts requests and never answers: slow at the edge, an error at the timeout. */
  readonly hangs?: boolean
}

type SceneCounters = { -readonly [K in keyof ReplicaCounters]: ReplicaCounters[K] }

export interface Scene {
  readonly counters: (atMs: number) => Counters
  readonly add: (revision: string, replica: string, requests: number, behaviour?: Behaviour) => void
  readonly remove: (replica: string) => void
}

export function createScene(seed = 1): Scene {
  const draw = createDraws(seed)
  const replicas = new Map<string, SceneCounters>()
  return {
    // Through JSON, like real counters.
    counters: (atMs) => JSON.parse(JSON.stringify({ atMs, replicas: [...replicas.values()] })) as Counters,
    remove: (replica) => replicas.delete(replica),
    add(revision, replica, requests, { errors = 0, clientErrors = 0, slow = 0, hangs = false } = {}) {
      const one = replicas.get(replica) ?? { revision, replica, requests: 0, errors: 0, statuses: {}, edges: [] }
      const count = (chance: number) => Array.from({ length: requests }).filter(() => draw() < chance).length
      const [bad, refused, late] = [count(errors), count(clientErrors), hangs ? requests : count(slow)]
      const answered = hangs ? 0 : requests
      const statuses = { ...one.statuses, '401': (one.statuses['401'] ?? 0) + refused }
      const edges = [100, 500].map((edgeMs, i) => ({
        edgeMs,
        entered: (one.edges[i]?.entered ?? 0) + requests,
        slow: (one.edges[i]?.slow ?? 0) + late,
      }))
      replicas.set(replica, { ...one, requests: one.requests + answered, errors: one.errors + bad, statuses, edges })
    },
  }
}

export interface Traffic {
  /** Requests per look and side. */
  readonly canary: number
  readonly stable: number
  readonly canaryIs?: Behaviour
  readonly stableIs?: Behaviour
}

/** Analysis and scene together, with one look a second. It starts after the warm-up, at a weight of 10 %, with the first counters read. */
export function startLooking(of: AnalysisPlan = plan, seed = 1) {
  const scene = createScene(seed)
  let state: AnalysisState = mark(beginAnalysis(of, evenly(of)), 0, 10)
  let atMs = 0
  const rows: LookRow[] = []
  const run = {
    scene,
    rows,
    state: () => state,
    atMs: () => atMs,
    change: (by: (state: AnalysisState) => AnalysisState) => (state = by(state)),
    /** One look after `ms`. */
    look(ms = 1_000): LookRow {
      atMs += ms
      const looked = look(of, state, scene.counters(atMs))
      state = looked.state
      rows.push(looked.row)
      return looked.row
    },
    /** Simulates seconds of traffic, each with a look; stops early when `until` holds. */
    traffic(seconds: number, { canary, stable, canaryIs, stableIs }: Traffic, until: () => boolean = () => false): number {
      for (let i = 1; i <= seconds; i += 1) {
        scene.add('new', 'new-1', canary, canaryIs)
        scene.add('old', 'old-1', stable, stableIs)
        run.look()
        if (until()) return i
      }
      return seconds
    },
  }
  run.look(1_000)
  run.traffic(16, { canary: 20, stable: 180 })
  return run
}
