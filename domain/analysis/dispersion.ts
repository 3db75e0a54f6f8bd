/**
 * Dispersion: errors that come in clusters break any test that takes them one by one, so counts are divided by phi >= 1. Measured on the
 * stable version before the first step and fixed then; the guarantee reads "given phi".
 */
import type { Channel } from './channels.ts'
import type { BlockCounters, ReplicaHistory } from './reading.ts'

/** phi of one channel, and what it rests on. */
export interface Phi {
  readonly phi: number
  /** Finest blocks with at least one bad request. */
  readonly blocks: number
  readonly basis: 'two-halves' | 'one-replica' | 'too-few-errors'
}

/** By channel. */
export type Dispersion = Readonly<Record<string, Phi>>

/** Spans of history to ask for: fine blocks of the last minutes and coarse ones of hours, for rare clusters show in the latter. */
export const historySpansMs = [10 * 60_000, 6 * 3_600_000] as const

const blockSizesMs = [1_000, 5_000, 20_000, 60_000]
const enoughBlocks = 20
const phiWhenUnknown = 3

const unknown: Phi = { phi: phiWhenUnknown, blocks: 0, basis: 'too-few-errors' }

/** phi of a channel; one that was not measured (yet, no stable version, no history) counts as unknown. */
export const phiFor = (dispersion: Dispersion | null, id: string): number => (dispersion?.[id] ?? unknown).phi

/**
 * Phi for the bound that a pass rests on: what was measured. Where too few errors were seen to measure it, the caution of the error test
 * would only make a service that never fails wait three times as long: 473 requests without an error show 1 %.
 */
export function boundPhiFor(dispersion: Dispersion | null, id: string): number {
  const { phi, basis } = dispersion?.[id] ?? unknown
  return basis === 'too-few-errors' ? 1 : phi
}

/**
 * Dispersion of every channel from the stable version's history; `edgesMs` are the provider's edges in the order of `slow`. A replica may
 * come with several histories (fine ones of the last minutes, coarse ones of hours); each block size uses the coarsest that divides it.
 */
export function dispersionOf(
  channels: readonly Channel[],
  histories: readonly ReplicaHistory[],
  edgesMs: readonly number[],
): Dispersion {
  const once = withoutOverlap(histories)
  return Object.fromEntries(channels.map((channel) => [channel.id, phiOf(once, badIn(channel, edgesMs))]))
}

/**
 * A provider may answer two spans in the same blocks: a replica that came twice would be two that fail alike, whose halves cancel out. Of
 * what overlaps, the longer stays.
 */
function withoutOverlap(histories: readonly ReplicaHistory[]): readonly ReplicaHistory[] {
  const endOf = ({ startMs, blockMs, blocks }: ReplicaHistory) => startMs + blockMs * blocks.length
  const kept: ReplicaHistory[] = []
  for (const one of [...histories].sort((x, y) => y.blocks.length - x.blocks.length)) {
    const overlaps = (other: ReplicaHistory) =>
      other.replica === one.replica && other.blockMs === one.blockMs && other.startMs < endOf(one) && one.startMs < endOf(other)
    if (!kept.some(overlaps)) kept.push(one)
  }
  return kept
}

/** phi of one count: the largest over the block sizes, for a cluster shows only in blocks as long as itself. */
export function phiOf(histories: readonly ReplicaHistory[], bad: (block: BlockCounters) => number): Phi {
  let phi = 1
  let blocks = 0
  let halves = false
  for (const sizeMs of blockSizesMs) {
    const usable = histories.filter((h) => h.blockMs <= sizeMs && sizeMs % h.blockMs === 0)
    const blockMs = Math.max(0, ...usable.map((h) => h.blockMs))
    const series = usable.filter((h) => h.blockMs === blockMs).map((h) => seriesOf(h, sizeMs, bad))
    if (series.length === 0) continue
    const found = twoHalves(series) ?? oneReplica(series)
    phi = Math.max(phi, found.phi)
    blocks = Math.max(blocks, found.blocks)
    halves ||= found.halves
  }
  if (blocks < enoughBlocks) return { phi: Math.max(phiWhenUnknown, phi), blocks, basis: 'too-few-errors' }
  return { phi, blocks, basis: halves ? 'two-halves' : 'one-replica' }
}

function badIn(channel: Channel, edgesMs: readonly number[]): (block: BlockCounters) => number {
  const { metric } = channel
  switch (metric.kind) {
    case 'errors':
      return (block) => block.errors
    case 'status':
      // History has no exact codes: their class stands for them.
      return metric.match.startsWith('4') ? (block) => block.clientErrors : (block) => block.errors
    case 'latency': {
      const index = edgesMs.indexOf(channel.edgeMs ?? 0)
      return (block) => block.slow[index] ?? 0
    }
    case 'query':
      return () => 0
  }
}

/** One replica's bad requests by number of block (time / size), whole blocks only, from its first request to its last. */
type Series = ReadonlyMap<number, number>

function seriesOf(history: ReplicaHistory, sizeMs: number, bad: (block: BlockCounters) => number): Series {
  const { startMs, blockMs, blocks } = history
  const first = blocks.findIndex(({ requests }) => requests > 0)
  if (first < 0) return new Map()
  const last = blocks.findLastIndex(({ requests }) => requests > 0)
  const from = Math.ceil((startMs + first * blockMs) / sizeMs)
  const until = Math.floor((startMs + (last + 1) * blockMs) / sizeMs)
  const series = new Map<number, number>()
  for (let at = from; at < until; at += 1) series.set(at, 0)
  for (let i = first; i <= last; i += 1) {
    const at = Math.floor((startMs + i * blockMs) / sizeMs)
    const before = series.get(at)
    const block = blocks[i]
    if (before !== undefined && block) series.set(at, before + bad(block))
  }
  return series
}

interface Found {
  readonly phi: number
  readonly blocks: number
  readonly halves: boolean
}

/**
 * Mean of (x - y)^2 / (x + y) over blocks with errors, x and y the errors of two halves of the replicas: what hits both cancels out.
 * Halves of unequal size (three replicas, a restart) are weighed by their share s: (x (1-s) - y s)^2 / ((x + y) s (1-s)), the same at 1/2.
 */
function twoHalves(series: readonly Series[]): Found | null {
  const sums = sumsOfHalves(series)
  let total = 0
  let blocks = 0
  let both = false
  for (const { x, y, inX, inY } of sums.values()) {
    if (inX === 0 || inY === 0) continue
    both = true
    if (x + y === 0) continue
    const s = inX / (inX + inY)
    total += (x * (1 - s) - y * s) ** 2 / ((x + y) * s * (1 - s))
    blocks += 1
  }
  return both ? { phi: blocks > 0 ? total / blocks : 1, blocks, halves: true } : null
}

interface Halves {
  x: number
  y: number
  inX: number
  inY: number
}

/** Bad requests and replicas per half and block. A replica goes, from its start, to the half that has fewer just then. */
function sumsOfHalves(series: readonly Series[]): ReadonlyMap<number, Readonly<Halves>> {
  const sums = new Map<number, Halves>()
  const ordered = series.filter((one) => one.size > 0).sort((x, y) => firstOf(x) - firstOf(y))
  for (const one of ordered) {
    const now = sums.get(firstOf(one))
    const half = now && now.inX > now.inY ? 'y' : 'x'
    for (const [at, bad] of one) {
      const sum = sums.get(at) ?? { x: 0, y: 0, inX: 0, inY: 0 }
      sum[half] += bad
      sum[half === 'x' ? 'inX' : 'inY'] += 1
      sums.set(at, sum)
    }
  }
  return sums
}

const firstOf = (series: Series): number => series.keys().next().value ?? 0

/** One replica: variance to mean of its own blocks. Pair what hits everybody as clusters too, so it is conservative. */
function oneReplica(series: readonly Series[]): Found {
  const counts = series.flatMap((one) => [...one.values()])
  const blocks = counts.filter((count) => count > 0).length
  const mean = counts.reduce((sum, count) => sum + count, 0) / Math.max(1, counts.length)
  if (mean === 0 || counts.length < 2) return { phi: 1, blocks, halves: false }
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (counts.length - 1)
  return { phi: variance / mean, blocks, halves: false }
}
