/** How many of one replica's requests were slower than each latency edge. Requests that still wait for their outcome count too. */
import type { ReplicaCounters } from '../../domain/analysis/counters.ts'
import type { Asking } from './client-tally.ts'

/** A request that waits for its answer's headers. `sinceMs` is the time of its own last byte; -1 while bytes are still coming. */
export interface Waiting {
  sinceMs: number
  /** Its client, where clients stay with a version. */
  readonly asking?: Asking | undefined
}

export interface Edges {
  enter(waiting: Waiting): void
  outcome(waiting: Waiting, durationMs: number): void
  /** The client left before an outcome. Edges that the request has passed stay counted. Returns whether it has passed any. */
  abandoned(waiting: Waiting, durationMs: number): boolean
  /** @param requests with an outcome */
  read(requests: number, clockMs: number): ReplicaCounters['edges']
  /** Counts these edges from now on. Edges that stay continue; a new edge starts at 0. @param requests with an outcome until now */
  change(edgesMs: readonly number[], requests: number): void
}

export function createEdges(declaredMs: readonly number[]): Edges {
  let edgesMs = declaredMs
  let slow = new Float64Array(edgesMs.length)
  let abandonedPast = new Float64Array(edgesMs.length)
  /** Requests that had their outcome before the edge was counted. */
  let before = new Float64Array(edgesMs.length)
  const waitings = new Set<Waiting>()

  const countPast = (into: Float64Array, durationMs: number): boolean => {
    let any = false
    for (let edge = 0; edge < edgesMs.length; edge++) {
      if (durationMs < (edgesMs[edge] ?? Infinity)) break
      into[edge] = (into[edge] ?? 0) + 1
      any = true
    }
    return any
  }
  return {
    enter: (waiting) => void waitings.add(waiting),
    outcome(waiting, durationMs) {
      waitings.delete(waiting)
      countPast(slow, durationMs)
    },
    abandoned(waiting, durationMs) {
      waitings.delete(waiting)
      return countPast(slow, durationMs) && countPast(abandonedPast, durationMs)
    },
    read(requests, clockMs) {
      const past = new Float64Array(edgesMs.length)
      for (const { sinceMs } of waitings) if (sinceMs >= 0) countPast(past, clockMs - sinceMs)
      return edgesMs.map((edgeMs, edge) => ({
        edgeMs,
        entered: requests - (before[edge] ?? 0) + (abandonedPast[edge] ?? 0) + (past[edge] ?? 0),
        slow: (slow[edge] ?? 0) + (past[edge] ?? 0),
      }))
    },
    change(nextMs, requests) {
      const formerMs = edgesMs
      const kept = (former: Float64Array, ofNew: number) =>
        Float64Array.from(nextMs, (edgeMs) => (formerMs.includes(edgeMs) ? (former[formerMs.indexOf(edgeMs)] ?? 0) : ofNew))
      slow = kept(slow, 0)
      abandonedPast = kept(abandonedPast, 0)
      before = kept(before, requests)
      edgesMs = nextMs
    },
  }
}
