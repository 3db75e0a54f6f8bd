/**
 * What one replica has counted. Request and outcome are one increment, at the answer's headers or its failure, so no look sees a request
 * without its outcome. Latency is the exception: a request in flight counts as slow as soon as it passes an edge. An answer that breaks off
 * was counted as good already. Its error goes to the next good request of its revision, so that no look sees more errors than requests.
 */
import type { ReplicaCounters } from '../../domain/analysis/counters.ts'
import { createClientTally } from './client-tally.ts'
import type { Histogram } from './contract.ts'
import { createDurations } from './durations.ts'
import { createEdges } from './edges.ts'
import type { Waiting } from './edges.ts'
import { createHistory } from './history.ts'
import type { History } from './history.ts'

/**
 * Errors of answers that broke off, before a later request carries them. The replicas of a revision share them, because one that has
 * crashed gets no more requests.
 */
export interface Owed {
  errors: number
}

export interface Tally {
  readonly history: History
  readonly owed: Owed
  /** A sticky client's first request of a release. */
  drawnFirst(): void
  enter(waiting: Waiting): void
  /** The answer's headers came after `durationMs`. */
  answered(waiting: Waiting, status: number, durationMs: number, atMs: number): void
  /** An answer that was counted as good broke off. */
  brokenOff(waiting: Waiting, atMs: number): void
  /** No answer: connection failure, or a timeout, which is slower than every edge. */
  failed(waiting: Waiting, kind: 'connection' | 'timeout', durationMs: number, atMs: number): void
  /** The client left before the outcome. It is no request of the revision, but edges that it has passed stay counted. */
  abandoned(waiting: Waiting, durationMs: number, atMs: number): void
  /** @param clockMs the same monotonic clock as `sinceMs`, so that a request that was slow in flight is slow when it ends */
  read(clockMs: number, nowMs: number): Omit<ReplicaCounters, 'revision' | 'replica'> & { readonly firstDraws: number }
  histogram(): Histogram
  /** Counts slow requests by these edges from now on. Everything else continues. */
  change(edgesMs: readonly number[]): void
}

export function createTally(declaredMs: readonly number[], startMs: number, owed: Owed): Tally {
  let edgesMs = declaredMs
  const clients = createClientTally()
  const history = createHistory(edgesMs, startMs)
  const durations = createDurations(edgesMs)
  const edges = createEdges(edgesMs)
  const statuses = new Float64Array(1_000)
  let requests = 0
  let errors = 0
  let firstDraws = 0

  /** @param durationMs Infinity is slower than every edge; the histogram takes `shownMs` */
  const outcome = (failed: boolean, clientError: boolean, durationMs: number, shownMs: number, atMs: number) => {
    const error = failed || owed.errors > 0
    if (error && !failed) owed.errors--
    requests++
    if (error) errors++
    durations.record(shownMs)
    history.record(atMs, error, clientError, durationMs)
  }

  const client = ({ asking }: Waiting, bad: readonly string[], durationMs: number, atMs: number, hasLeft = false) => {
    if (!asking) return
    const slow = edgesMs.filter((edgeMs) => durationMs > edgeMs).map((edgeMs) => `slow ${edgeMs}`)
    if (!hasLeft || slow.length > 0) clients.outcome(asking, [...bad, ...slow], atMs, hasLeft)
  }

  return {
    history,
    owed,
    drawnFirst: () => void firstDraws++,
    enter: edges.enter,
    answered(waiting, status, durationMs, atMs) {
      statuses[status] = (statuses[status] ?? 0) + 1
      edges.outcome(waiting, durationMs)
      client(waiting, kindsOf(status), durationMs, atMs)
      outcome(status >= 500, status >= 400 && status < 500, durationMs, durationMs, atMs)
    },
    brokenOff(waiting, atMs) {
      owed.errors++
      client(waiting, ['errors'], 0, atMs)
    },
    failed(waiting, kind, shownMs, atMs) {
      const durationMs = kind === 'timeout' ? Infinity : shownMs
      edges.outcome(waiting, durationMs)
      client(waiting, ['errors'], durationMs, atMs)
      outcome(true, false, durationMs, shownMs, atMs)
    },
    abandoned(waiting, durationMs, atMs) {
      client(waiting, [], durationMs, atMs, true)
      if (edges.abandoned(waiting, durationMs)) history.recordAborted(atMs, durationMs)
    },
    read(clockMs, nowMs) {
      const ofClients = clients.read(['errors', '4xx', ...edgesMs.map((edgeMs) => `slow ${edgeMs}`)], nowMs)
      const counted = { firstDraws, requests, errors, statuses: seenStatuses(statuses), edges: edges.read(requests, clockMs) }
      return ofClients === undefined ? counted : { ...counted, clients: ofClients }
    },
    histogram: durations.read,
    change(nextMs) {
      edgesMs = nextMs
      edges.change(nextMs, requests)
      history.change(nextMs)
    },
  }
}

function seenStatuses(statuses: Float64Array): Record<string, number> {
  const seen: Record<string, number> = {}
  for (let status = 100; status < statuses.length; status++) {
    const count = statuses[status] ?? 0
    if (count > 0) seen[status] = count
  }
  return seen
}

/** The kinds of bad answer that a status belongs to: itself, its class, and errors. */
function kindsOf(status: number): readonly string[] {
  if (status < 300) return []
  const own = [String(status), `${Math.floor(status / 100)}xx`]
  return status >= 500 ? ['errors', ...own] : own
}
