/**
 * What one replica has counted. Request and outcome are one increment, at the answer's headers or its failure, so that no look sees a
 * request without its outcome; only latency looks ahead: a request in flight past an edge is slow now, not when it answers. And an answer
 * that breaks off was counted as good already: its error goes to the next request of the revision that is, lest a look see more errors than requests.
 */
import type { ReplicaCounters } from '../../../domain/analysis/reading.ts'
import type { Histogram } from './contract.ts'
import { createHistory } from './history.ts'
import type { History } from './history.ts'

/** A request that waits for its headers. Its latency runs from its own last byte; -1 while bytes are still coming. */
export interface Waiting {
  sinceMs: number
}

/** Of one revision: errors of answers that broke off, which no request carries yet. Its replicas share it, for the one that crashes gets no more. */
export interface Owed {
  errors: number
}

const gridMs = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] as const

export interface Tally {
  readonly history: History
  readonly owed: Owed
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
  read(clockMs: number): Omit<ReplicaCounters, 'revision' | 'replica'>
  histogram(): Histogram
}

export function createTally(edgesMs: readonly number[], startMs: number, owed: Owed): Tally {
  const history = createHistory(edgesMs, startMs)
  const boundsMs = [...new Set([...gridMs, ...edgesMs])].sort((a, b) => a - b)
  const buckets = new Float64Array(boundsMs.length + 1)
  const slow = new Float64Array(edgesMs.length)
  const abandonedPast = new Float64Array(edgesMs.length)
  const statuses = new Float64Array(1_000)
  const waitings = new Set<Waiting>()
  let requests = 0
  let errors = 0
  let sumMs = 0

  const countPast = (into: Float64Array, durationMs: number): boolean => {
    let any = false
    for (let edge = 0; edge < edgesMs.length; edge++) {
      if (durationMs < (edgesMs[edge] ?? Infinity)) break
      into[edge] = (into[edge] ?? 0) + 1
      any = true
    }
    return any
  }
  const outcome = (
    waiting: Waiting,
    failed: boolean,
    clientError: boolean,
    durationMs: number,
    shownMs: number,
    atMs: number,
  ) => {
    waitings.delete(waiting)
    const error = failed || owed.errors > 0
    if (error && !failed) owed.errors--
    requests++
    if (error) errors++
    countPast(slow, durationMs)
    let bucket = 0
    while (bucket < boundsMs.length && shownMs > (boundsMs[bucket] ?? Infinity)) bucket++
    buckets[bucket] = (buckets[bucket] ?? 0) + 1
    sumMs += shownMs
    history.record(atMs, error, clientError, durationMs)
  }

  return {
    history,
    owed,
    enter: (waiting) => void waitings.add(waiting),
    answered(waiting, status, durationMs, atMs) {
      statuses[status] = (statuses[status] ?? 0) + 1
      outcome(waiting, status >= 500, status >= 400 && status < 500, durationMs, durationMs, atMs)
    },
    brokenOff: () => void owed.errors++,
    failed(waiting, kind, durationMs, atMs) {
      outcome(waiting, true, false, kind === 'timeout' ? Infinity : durationMs, durationMs, atMs)
    },
    abandoned(waiting, durationMs, atMs) {
      waitings.delete(waiting)
      if (!countPast(slow, durationMs)) return
      countPast(abandonedPast, durationMs)
      history.recordAborted(atMs, durationMs)
    },
    read(clockMs) {
      const past = new Float64Array(edgesMs.length)
      for (const { sinceMs } of waitings) if (sinceMs >= 0) countPast(past, clockMs - sinceMs)
      const edges = edgesMs.map((edgeMs, edge) => ({
        edgeMs,
        entered: requests + (abandonedPast[edge] ?? 0) + (past[edge] ?? 0),
        slow: (slow[edge] ?? 0) + (past[edge] ?? 0),
      }))
      return { requests, errors, statuses: seenStatuses(statuses), edges }
    },
    histogram() {
      let sum = 0
      const cumulative = boundsMs.map((_, index) => (sum += buckets[index] ?? 0))
      return { boundsMs, cumulative, count: requests, sumMs }
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
