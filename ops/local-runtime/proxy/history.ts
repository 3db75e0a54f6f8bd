/**
 * A replica's last six hours in two rings of fixed size: blocks of 1 s for 10 minutes and of 5 s for six hours. With E edges a replica
 * costs 4 x (3 + E) x 4,932 bytes, 98 kB at two edges, whatever its traffic.
 */
import type { BlockCounters, ReplicaHistory } from '../../../domain/analysis/reading.ts'

/** A little longer than promised: the block under way, and callers whose "now" is some seconds old. */
const spans = [
  { blockMs: 1_000, length: 611 },
  { blockMs: 5_000, length: 4_321 },
] as const

/** Columns before the edges': requests, errors, client errors. */
const fixed = 3

export interface History {
  /** One outcome at `atMs` (epoch); `slow` are the edges that it was slower than. A clock that went back counts into the newest block. */
  record(atMs: number, error: boolean, clientError: boolean, durationMs: number): void
  /** A request that its client gave up after it had passed edges: slow, and no outcome. */
  recordAborted(atMs: number, durationMs: number): void
  /** Whole blocks in [sinceMs, untilMs). */
  read(replica: string, sinceMs: number, untilMs: number): ReplicaHistory
}

/** @param startMs when the replica came: there is nothing before it */
export function createHistory(edgesMs: readonly number[], startMs: number): History {
  const rings = spans.map((span) => createRing(span.blockMs, span.length, fixed + edgesMs.length, startMs))
  const slow = (row: number, cells: Uint32Array, durationMs: number): void => {
    for (let edge = 0; edge < edgesMs.length; edge++)
      if (durationMs >= (edgesMs[edge] ?? Infinity)) cells[row + fixed + edge] = (cells[row + fixed + edge] ?? 0) + 1
  }
  return {
    record(atMs, error, clientError, durationMs) {
      for (const { rowAt, cells } of rings) {
        const row = rowAt(atMs)
        cells[row] = (cells[row] ?? 0) + 1
        if (error) cells[row + 1] = (cells[row + 1] ?? 0) + 1
        if (clientError) cells[row + 2] = (cells[row + 2] ?? 0) + 1
        slow(row, cells, durationMs)
      }
    },
    recordAborted(atMs, durationMs) {
      for (const { rowAt, cells } of rings) slow(rowAt(atMs), cells, durationMs)
    },
    read(replica, sinceMs, untilMs) {
      const [fine, coarse] = rings
      if (!fine || !coarse) throw new TypeError('a history has two rings')
      const ring = sinceMs >= untilMs - fine.spanMs ? fine : coarse
      return ring.read(replica, sinceMs, untilMs)
    },
  }
}

/** Blocks are numbered from the epoch, so that the blocks of two replicas cover the same instants. */
function createRing(blockMs: number, length: number, width: number, startMs: number) {
  const cells = new Uint32Array(length * width)
  const first = Math.floor(startMs / blockMs)
  let newest = first
  const clearUpTo = (block: number): void => {
    const from = Math.max(newest + 1, block - length + 1)
    for (let each = from; each <= block; each++) cells.fill(0, (each % length) * width, (each % length) * width + width)
    newest = block
  }
  const rowOf = (block: number): BlockCounters => {
    const row = cells.subarray((block % length) * width, (block % length) * width + width)
    return { requests: row[0] ?? 0, errors: row[1] ?? 0, clientErrors: row[2] ?? 0, slow: [...row.subarray(fixed)] }
  }
  return {
    cells,
    spanMs: blockMs * (length - 1),
    rowAt(atMs: number): number {
      const block = Math.floor(atMs / blockMs)
      if (block > newest) clearUpTo(block)
      return (newest % length) * width
    },
    read(replica: string, sinceMs: number, untilMs: number): ReplicaHistory {
      const end = Math.floor(untilMs / blockMs)
      if (end > newest) clearUpTo(end)
      const from = Math.max(Math.ceil(sinceMs / blockMs), first, newest - length + 1)
      const blocks = Array.from({ length: Math.max(0, end - from) }, (_, offset) => rowOf(from + offset))
      return { replica, startMs: from * blockMs, blockMs, blocks }
    },
  }
}
