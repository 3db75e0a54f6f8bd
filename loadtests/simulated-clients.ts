/**
 * Simulates sticky clients. Each stays with the version that it was drawn for. Holdfast's own code counts and judges them, with one look a
 * second. Of the requests of the `broken` clients the share `brokenRate` fails at any version; of the canary's other requests the share
 * `canaryRate` fails.
 */
import type { AnalysisPlan } from '../domain/analysis/analysis.ts'
import { beginAnalysis, mark } from '../domain/analysis/analysis.ts'
import { look } from '../domain/analysis/look.ts'
import type { ReplicaCounters } from '../domain/analysis/counters.ts'
import { verdict } from '../domain/analysis/verdict.ts'
import type { Judged } from '../local-runtime/proxy/client-memory.ts'
import { createClientMemory } from '../local-runtime/proxy/client-memory.ts'
import { createClientTally } from '../local-runtime/proxy/client-tally.ts'
import type { Draw } from './simulated-canary.ts'
import { poisson } from './simulated-canary.ts'

export interface StickyCanary {
  readonly clients: number
  readonly weightPercent: number
  readonly broken: number
  readonly brokenRate: number
  /** Of both versions. */
  readonly errorRate: number
  readonly canaryRate: number
  /** The second from which the canary fails. */
  readonly badFromSecond: number
  readonly seconds: number
  /** Requests of one client per second. */
  readonly requestsPerSecond: number
  /** Requests per second of one busy client that never fails. */
  readonly busyRequestsPerSecond: number
  /** Requests per second without a cookie, each from another client; and the share of them that fails at any version. */
  readonly strangersPerSecond: number
  readonly strangersRate: number
  readonly phi: number | null
  /** Whether clients are judged, as with a provider that counts clients, or requests. */
  readonly byClients: boolean
}

export const stickyCanary: StickyCanary = {
  ...{
    clients: 100,
    weightPercent: 10,
    broken: 0,
    brokenRate: 1,
    errorRate: 0.0005,
    canaryRate: 0,
    badFromSecond: 0,
    seconds: 600,
  },
  ...{ requestsPerSecond: 1, busyRequestsPerSecond: 0, strangersPerSecond: 0, strangersRate: 0, phi: 1, byClients: true },
}

const plan: AnalysisPlan = {
  settings: {
    ...{ lookMs: 1_000, h0: 1, margin: 1.5, beta: 0.05, maxErrorRate: 0.05, maxDispersion: 10, warmUpMs: 0, maxRestarts: 2 },
    metrics: [{ kind: 'errors', share: 1, dryRun: false }],
    ...{ onInconclusive: 'hold', maxHoldMs: 86_400_000, idleAfterMs: 120_000, maxBlindMs: 600_000 },
  },
  objective: { errors: 0.01, slow: { overMs: 500, share: 0.05 } },
  ...{ alpha: 0.01, canary: 'new', stable: 'old', requestTimeoutMs: 15_000, sticky: true },
}

export interface StickyEnd {
  /** The second at whose end the canary is reverted; null: never. */
  readonly sentBackAt: number | null
  /** It was not reverted, and would pass at its end. */
  readonly passes: boolean
}

export const stickySentBackAfter = (draw: Draw, of: StickyCanary): number | null => stickyRelease(draw, of).sentBackAt

export function stickyRelease(draw: Draw, of: StickyCanary): StickyEnd {
  const memory = createClientMemory()
  const sides = { new: sideOf('new'), old: sideOf('old') }
  const drawn = () => (draw() * 100 < of.weightPercent ? sides.new : sides.old)
  const clients = Array.from({ length: of.clients }, (_, n) => ({
    side: drawn(),
    judged: memory.find(String(n), false),
    ...(n < of.broken ? { rate: of.brokenRate, perSecond: of.requestsPerSecond } : { rate: 0, perSecond: of.requestsPerSecond }),
  }))
  const busy = { side: drawn(), judged: memory.find('busy', false) }
  const phi = of.phi === null ? null : { errors: { phi: of.phi, measured: of.phi, pairs: 100, basis: 'two-halves' as const } }
  let state = mark(beginAnalysis(plan, phi ?? {}), 0, of.weightPercent)
  state = look(plan, state, { atMs: 0, replicas: [sides.new.read(false, 0), sides.old.read(false, 0)] }).state
  for (let second = 1; second <= of.seconds; second += 1) {
    const atMs = second * 1_000 - 1
    const ask = (side: Side, judged: Judged | null, ownRate: number) => {
      const isBad = side === sides.new && second > of.badFromSecond
      side.count({ judged, memory }, draw() < Math.max(ownRate, of.errorRate, isBad ? of.canaryRate : 0), atMs)
    }
    for (const { side, judged, rate, perSecond } of clients)
      for (let left = perSecond === 1 ? 1 : poisson(draw, perSecond); left > 0; left -= 1) ask(side, judged, rate)
    for (let n = 0; n < of.busyRequestsPerSecond; n += 1) busy.side.count({ judged: busy.judged, memory }, false, atMs)
    for (let n = 0; n < of.strangersPerSecond; n += 1) ask(drawn(), memory.find(`${second} ${n}`, true), of.strangersRate)
    const replicas = [sides.new.read(of.byClients, atMs), sides.old.read(of.byClients, atMs)]
    state = look(plan, state, { atMs: second * 1_000, replicas }).state
    const reached = verdict(plan, state, { kind: 'guard' }, { nowMs: second * 1_000, inModeMs: second * 1_000 })
    if (reached?.kind === 'fail') return { sentBackAt: second, passes: false }
  }
  const inModeMs = of.seconds * 1_000
  const reached = verdict(plan, state, { kind: 'bake', minMs: 0, maxMs: inModeMs }, { nowMs: inModeMs, inModeMs })
  return { sentBackAt: null, passes: reached?.kind === 'pass' }
}

type Side = ReturnType<typeof sideOf>

function sideOf(revision: string) {
  const tally = createClientTally()
  let [requests, errors] = [0, 0]
  return {
    count(asking: Parameters<typeof tally.outcome>[0], isError: boolean, atMs: number): void {
      tally.outcome(asking, isError ? ['errors'] : [], atMs)
      requests += 1
      if (isError) errors += 1
    },
    read(byClients: boolean, nowMs: number): ReplicaCounters {
      const clients = tally.read(['errors'], nowMs)
      const counted = { revision, replica: revision, requests, errors, statuses: {}, edges: [] }
      return byClients && clients ? { ...counted, clients } : counted
    },
  }
}
