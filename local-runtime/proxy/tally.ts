/**
 * What one replica has counted. Request and outcome are one increment, at the answer's headers or its failure, so that no look sees a
 * request without its outcome; only latency looks ahead: a request in flight past an edge is slow now, not when it answers. And an answer
 * that breaks off was counted as good already: its error goes to the next request of its revision that is good, lest a look see more
 * errors than requests.
 */
import type { ReplicaCounters } from '../../domain/analysis/reading.ts'
import type { Histogram } from './contract.ts'
import { createDurations } from './durations.ts'
import { createEdges } from './edges.ts'
import type { Waiting } from './edges.ts'
import { createHistory } from './history.ts'
import type { History } from './history.ts'

/** Errors of answers that broke off, which no request carries yet. A revision's replicas share it: one that crashes gets no more requests. */
export interface Owed {
  errors: number
}

export interface Tally {
  readonly history: History
  readonly owed: Owed
  /** A sticky client's first request of a release. */
  drawnFirst(): void
  enter(waiting: Waiting): void
  /** Headers came after `durationMs`. */
  answered(waiting: Waiting, status: number, durationMs: number, atMs: number): void
  /** An answer that was counted as good came to no end. */
  brokenOff(): void
  /** No answer: connection failure, or a timeout, which is slower than every edge. */
  failed(waiting: Waiting, kind: 'connection' | 'timeout', durationMs: number, atMs: number): void
  /** The client left before the outcome: no request of the revision, but the edges that it had passed stay passed. */
  abandoned(waiting: Waiting, durationMs: number, atMs: number): void
  /** @param clockMs the same monotonic clock as `sinceMs`, so that what was slow in flight is slow when it ends */
  read(clockMs: number): Omit<ReplicaCounters, 'revision' | 'replica'> & { readonly firstDraws: number }
  histogram(): Histogram
  /** Counts slow requests by these edges from now on; nothing else begins anew. */
  change(edgesMs: readonly number[]): void
}

export function createTally(edgesMs: readonly number[], startMs: number, owed: Owed): Tally {
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

  return {
    history,
    owed,
    drawnFirst: () => void firstDraws++,
    enter: edges.enter,
    answered(waiting, status, durationMs, atMs) {
      statuses[status] = (statuses[status] ?? 0) + 1
      edges.outcome(waiting, durationMs)
      outcome(status >= 500, status >= 400 && status < 500, durationMs, durationMs, atMs)
    },
    brokenOff: () => void owed.errors++,
    failed(waiting, kind, shownMs, atMs) {
      const durationMs = kind === 'timeout' ? Infinity : shownMs
      edges.outcome(waiting, durationMs)
      outcome(true, false, durationMs, shownMs, atMs)
    },
    abandoned(waiting, durationMs, atMs) {
      if (edges.abandoned(waiting, durationMs)) history.recordAborted(atMs, durationMs)
    },
    read: (clockMs) => ({ firstDraws, requests, errors, statuses: seenStatuses(statuses), edges: edges.read(requests, clockMs) }),
    histogram: durations.read,
    change(nextMs) {
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
