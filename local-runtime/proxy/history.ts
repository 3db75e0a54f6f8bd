/**
 * A replica's last six hours in two rings of fixed size: blocks of 1 s for 10 minutes, and of 5 s for six hours. With E edges a replica
 * costs 4 x (3 + E) x 4,932 bytes, 98 kB at two edges, whatever its traffic. A change of the edges loses nothing else.
 */
import type { BlockCounters, ReplicaHistory } from '../../domain/analysis/counters.ts'

/** A little longer than promised, for the present block and for callers whose "now" is some seconds old. */
const spans = [
  { blockMs: 1_000, length: 611 },
  { blockMs: 5_000, length: 4_321 },
] as const

/** Columns besides the edges: requests, errors, client errors. */
const fixed = 3

export interface History {
  /** Records one outcome at `atMs` (epoch). When the clock was set back, it counts into the newest block. */
  record(atMs: number, error: boolean, clientError: boolean, durationMs: number): void
  /** Records a request whose client left after it had passed edges: slow, but without an outcome. */
  recordAborted(atMs: number, durationMs: number): void
  /** Whole blocks in [sinceMs, untilMs). `slow` is in the order of `edgesMs`, with 0 for an edge that was not counted. */
  read(replica: string, sinceMs: number, untilMs: number, edgesMs: readonly number[]): ReplicaHistory
  /** Counts slow requests by these edges from now on. Edges that stay keep their counts. */
  change(edgesMs: readonly number[]): void
}

/** @param startMs when the replica started; the history has nothing before it */
export function createHistory(edgesMs: readonly number[], startMs: number): History {
  const [fine, coarse] = spans.map(({ blockMs, length }) => createRing(blockMs, length, edgesMs, startMs))
  if (!fine || !coarse) throw new TypeError('a history has two rings')
  return {
    record(atMs, error, clientError, durationMs) {
      for (const ring of [fine, coarse]) {
        const row = ring.rowAt(atMs)
        ring.add(row, 0)
        if (error) ring.add(row, 1)
        if (clientError) ring.add(row, 2)
        ring.slow(row, durationMs)
      }
    },
    recordAborted(atMs, durationMs) {
      for (const ring of [fine, coarse]) ring.slow(ring.rowAt(atMs), durationMs)
    },
    read(replica, sinceMs, untilMs, wantedMs) {
      const ring = sinceMs >= untilMs - fine.spanMs ? fine : coarse
      return ring.read(replica, sinceMs, untilMs, wantedMs)
    },
    change(nextMs) {
      for (const ring of [fine, coarse]) ring.change(nextMs)
    },
  }
}

/** Blocks are numbered from the epoch, so that the blocks of two replicas cover the same instants. */
function createRing(blockMs: number, length: number, edgesMs: readonly number[], startMs: number) {
  const cells = new Uint32Array(length * fixed)
  let edges = new Map(edgesMs.map((edgeMs) => [edgeMs, new Uint32Array(length)]))
  const first = Math.floor(startMs / blockMs)
  let newest = first
  const clearUpTo = (block: number): void => {
    const from = Math.max(newest + 1, block - length + 1)
    for (let each = from; each <= block; each++) {
      const row = each % length
      cells.fill(0, row * fixed, (row + 1) * fixed)
      for (const slow of edges.values()) slow[row] = 0
    }
    newest = block
  }
  const blockOf = (block: number, wantedMs: readonly number[]): BlockCounters => {
    const row = block % length
    const [requests = 0, errors = 0, clientErrors = 0] = cells.subarray(row * fixed, (row + 1) * fixed)
    return { requests, errors, clientErrors, slow: wantedMs.map((edgeMs) => edges.get(edgeMs)?.[row] ?? 0) }
  }
  return {
    spanMs: blockMs * (length - 1),
    rowAt(atMs: number): number {
      const block = Math.floor(atMs / blockMs)
      if (block > newest) clearUpTo(block)
      return newest % length
    },
    add(row: number, column: number): void {
      const at = row * fixed + column
      cells[at] = (cells[at] ?? 0) + 1
    },
    slow(row: number, durationMs: number): void {
      for (const [edgeMs, slow] of edges) if (durationMs >= edgeMs) slow[row] = (slow[row] ?? 0) + 1
    },
    change(nextMs: readonly number[]): void {
      edges = new Map(nextMs.map((edgeMs) => [edgeMs, edges.get(edgeMs) ?? new Uint32Array(length)]))
    },
    read(replica: string, sinceMs: number, untilMs: number, wantedMs: readonly number[]): ReplicaHistory {
      const end = Math.floor(untilMs / blockMs)
      if (end > newest) clearUpTo(end)
      const from = Math.max(Math.ceil(sinceMs / blockMs), first, newest - length + 1)
      const blocks = Array.from({ length: Math.max(0, end - from) }, (_, offset) => blockOf(from + offset, wantedMs))
      return { replica, startMs: from * blockMs, blockMs, blocks }
    },
  }
}
