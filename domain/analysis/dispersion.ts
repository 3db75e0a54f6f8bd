/**
 * Dispersion. The tests assume that errors come one by one. Errors that come in clusters would break them, so counts are divided by a phi
 * of at least 1. Phi is measured on the stable version before the first step and fixed then; the guarantee reads "given phi". Phi must
 * measure clusters alone. So two counts are compared given their requests, which cancels traffic out, and each pair counts for a bounded
 * amount, so that an incident says little.
 */
import type { Channel } from './channels.ts'
import type { BlockCounters, ReplicaHistory } from './counters.ts'

/** phi of one channel, and how it was measured. */
export interface Phi {
  /** What counts are divided by: at most the declared cap. */
  readonly phi: number
  /** What was measured, without a margin. Where the cap cuts it, it is above `phi`, and alpha is not held. */
  readonly measured: number
  /** Pairs of counts with errors, at the block size that has most of them. */
  readonly pairs: number
  readonly basis: 'two-halves' | 'one-replica' | 'too-few-errors'
}

/** By channel. */
export type Dispersion = Readonly<Record<string, Phi>>

/** Spans of history to request: fine blocks of the last minutes, and coarse blocks of hours, which show rare clusters. */
export const historySpansMs = [10 * 60_000, 6 * 3_600_000] as const

const blockSizesMs = [1_000, 5_000, 20_000, 60_000]
const enoughPairs = 20
const phiWhenUnknown = 3
/** The most that one pair counts for, as a multiple of the cap. Without it, one minute of an incident would outweigh hours. */
const mostOfOnePair = 3

const unknown: Phi = { phi: phiWhenUnknown, measured: phiWhenUnknown, pairs: 0, basis: 'too-few-errors' }

/** Phi of a channel. Before it is measured, and without a stable version or history, it is unknown. */
export const dispersionFor = (dispersion: Dispersion | null, id: string): Phi => dispersion?.[id] ?? unknown

export const phiFor = (dispersion: Dispersion | null, id: string): number => dispersionFor(dispersion, id).phi

/** Whether the cap cuts what was measured. Then errors come in larger clusters than counts are divided by, and alpha is not held. */
export const isCut = ({ phi, measured }: Pick<Phi, 'phi' | 'measured'>): boolean => measured > phi

/**
 * Phi for the bound that a pass rests on: what was measured. With too few errors to measure it, it is 1. The cautious phi of the error test
 * would only make a service that never fails wait three times as long: 473 requests without an error show 1 %.
 */
export function boundPhiFor(dispersion: Dispersion | null, id: string): number {
  const { phi, basis } = dispersionFor(dispersion, id)
  return basis === 'too-few-errors' ? 1 : phi
}

/**
 * Phi for the tests. Where clients are judged, an unmeasured phi is 1: requests cluster because they are the same client's, and clients
 * fail one by one.
 */
export const testPhiFor = (dispersion: Dispersion | null, id: string, byClients: boolean): number =>
  byClients ? boundPhiFor(dispersion, id) : phiFor(dispersion, id)

/**
 * Dispersion of every channel from the stable version's history; `edgesMs` are the provider's edges in the order of `slow`. A replica may
 * come with several histories (fine ones of the last minutes, coarse ones of hours); each block size uses the coarsest that divides it.
 * @param cap the largest phi (`analysis.maxDispersion`)
 */
export function dispersionOf(
  channels: readonly Channel[],
  histories: readonly ReplicaHistory[],
  edgesMs: readonly number[],
  cap: number,
): Dispersion {
  const once = withoutOverlap(histories)
  return Object.fromEntries(channels.map((channel) => [channel.id, phiOf(once, badIn(channel, edgesMs), cap)]))
}

/**
 * A provider may answer two spans with blocks of one size. The same replica would then count as two that fail alike, whose halves cancel
 * out. Of overlapping histories, the longer one stays.
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

/** phi of one count: the largest over the block sizes, because a cluster shows only in blocks that are as long as the cluster. */
export function phiOf(histories: readonly ReplicaHistory[], bad: (block: BlockCounters) => number, cap: number): Phi {
  let [measured, phi, pairs] = [1, 1, 0]
  let isHalved = false
  for (const sizeMs of blockSizesMs) {
    const found = pairsOf(blocksOf(histories, sizeMs, bad)).filter(({ x, y }) => x.bad + y.bad > 0)
    pairs = Math.max(pairs, found.length)
    isHalved ||= found.some(({ isOfHalves }) => isOfHalves)
    if (found.length < enoughPairs) continue
    const surprises = found.map((pair) => Math.min(mostOfOnePair * cap, surpriseOf(pair))).toSorted((x, y) => x - y)
    const mean = surprises.reduce((sum, one) => sum + one, 0) / surprises.length
    measured = Math.max(measured, mean)
    phi = Math.max(phi, mean + marginOf(surprises, mean))
  }
  if (pairs < enoughPairs) return { ...unknown, pairs }
  return { phi: Math.min(cap, phi), measured, pairs, basis: isHalved ? 'two-halves' : 'one-replica' }
}

/** Median of the square of a standard normal number. */
const medianSquare = 0.4549

/**
 * One standard error of the mean, because half of all measured means are too small, and those break alpha. Its size follows the median,
 * which clusters raise and an incident does not.
 */
function marginOf(sorted: readonly number[], mean: number): number {
  const median = sorted[sorted.length >> 1] ?? 0
  return Math.min(mean, median / medianSquare) * Math.sqrt(2 / sorted.length)
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

interface Count {
  bad: number
  requests: number
}

interface Pair {
  readonly x: Readonly<Count>
  readonly y: Readonly<Count>
  /** True: two halves of the replicas in one block. False: one replica in two adjacent blocks. */
  readonly isOfHalves: boolean
}

/**
 * (x - s p)^2 / (s p (1 - p)): 1 on average where each of the s errors falls on either count by its share p of the requests, and c where
 * errors come in clusters of c.
 */
function surpriseOf({ x, y }: Pair): number {
  const all = x.bad + y.bad
  const share = x.requests / (x.requests + y.requests)
  return (x.bad - all * share) ** 2 / (all * share * (1 - share))
}

/**
 * What each replica with requests counted, by number of block (time / size) and replica. Replicas are in the order in which they appeared.
 */
function blocksOf(
  histories: readonly ReplicaHistory[],
  sizeMs: number,
  bad: (block: BlockCounters) => number,
): ReadonlyMap<number, ReadonlyMap<string, Readonly<Count>>> {
  const usable = histories.filter(({ blockMs }) => sizeMs % blockMs === 0)
  const coarsestMs = Math.max(0, ...usable.map(({ blockMs }) => blockMs))
  const blocks = new Map<number, Map<string, Count>>()
  for (const history of usable.toSorted((x, y) => x.startMs - y.startMs)) {
    if (history.blockMs !== coarsestMs) continue
    history.blocks.forEach((block, i) => {
      if (block.requests <= 0) return
      const at = Math.floor((history.startMs + i * coarsestMs) / sizeMs)
      const counts = blocks.get(at) ?? new Map<string, Count>()
      const count = counts.get(history.replica) ?? { bad: 0, requests: 0 }
      counts.set(history.replica, { bad: count.bad + bad(block), requests: count.requests + block.requests })
      blocks.set(at, counts)
    })
  }
  return blocks
}

/**
 * Several replicas in a block make a pair of two halves, so that whatever hits both halves cancels out. One replica alone makes a pair of
 * two adjacent blocks. No block is in two pairs.
 */
function pairsOf(blocks: ReadonlyMap<number, ReadonlyMap<string, Readonly<Count>>>): readonly Pair[] {
  const pairs: Pair[] = []
  for (const [at, counts] of blocks) {
    if (counts.size > 1) pairs.push(halvesOf([...counts.values()]))
    else if (at % 2 === 0) {
      const next = blocks.get(at + 1)
      const [first] = counts
      const y = first && next?.size === 1 ? next.get(first[0]) : undefined
      if (first && y) pairs.push({ x: first[1], y, isOfHalves: false })
    }
  }
  return pairs
}

function halvesOf(counts: readonly Readonly<Count>[]): Pair {
  const [x, y] = [0, 1].map((half) =>
    counts
      .filter((_, i) => i % 2 === half)
      .reduce((sum, { bad, requests }) => ({ bad: sum.bad + bad, requests: sum.requests + requests })),
  ) as [Count, Count]
  return { x, y, isOfHalves: true }
}
