/**
 * How much errors come in clusters: phi >= 1, measured on the stable version before the first step and fixed then. Counts are divided
 * by it, since a test that believes in independent errors takes one burst for many.
 */
import type { BlockCounters, ReplicaHistory } from './reading.ts'

export interface Dispersion {
  readonly phi: number
  /** Blocks with errors that phi rests on, at the finest block. */
  readonly blocks: number
  /** Why it is what it is, for the evidence. */
  readonly note: string
}

/** Blocks in seconds: bursts show at the scale they have. */
const blockSeconds = [1, 5, 20, 60] as const
const fewest = 20
const cautious = 3

/** Phi of one metric; `bad` reads its count from a block. */
export function dispersionOf(history: readonly ReplicaHistory[], bad: (block: BlockCounters) => number): Dispersion {
  const half = Math.ceil(history.length / 2)
  const single = history.length < 2
  const estimates = blockSeconds.map((seconds) => {
    const blockMs = seconds * 1_000
    const first = sums(single ? history : history.slice(0, half), blockMs, bad)
    return single ? varianceToMean(first) : halvesApart(first, sums(history.slice(half), blockMs, bad))
  })
  const blocks = estimates[0]?.blocks ?? 0
  const measured = Math.max(1, ...estimates.map(({ phi }) => phi))
  if (blocks < fewest) {
    return {
      phi: Math.max(cautious, measured),
      blocks,
      note: `only ${blocks} blocks with errors: at least ${cautious} is assumed`,
    }
  }
  return {
    phi: measured,
    blocks,
    note: single ? 'one replica: variance to mean of its own blocks, conservative' : 'two halves of the replicas',
  }
}

/** Counts per block of absolute time, so that replicas line up. */
function sums(history: readonly ReplicaHistory[], blockMs: number, bad: (block: BlockCounters) => number): Map<number, number> {
  const byBlock = new Map<number, number>()
  for (const { startMs, blockMs: width, blocks } of history) {
    if (width > blockMs) continue
    blocks.forEach((block, i) => {
      const index = Math.floor((startMs + i * width) / blockMs)
      byBlock.set(index, (byBlock.get(index) ?? 0) + bad(block))
    })
  }
  return byBlock
}

function halvesApart(x: Map<number, number>, y: Map<number, number>): { phi: number; blocks: number } {
  let blocks = 0
  let total = 0
  for (const index of new Set([...x.keys(), ...y.keys()])) {
    const sum = (x.get(index) ?? 0) + (y.get(index) ?? 0)
    if (sum === 0) continue
    blocks += 1
    total += ((x.get(index) ?? 0) - (y.get(index) ?? 0)) ** 2 / sum
  }
  return { phi: blocks === 0 ? 0 : total / blocks, blocks }
}

function varianceToMean(x: Map<number, number>): { phi: number; blocks: number } {
  const counts = [...x.values()]
  const mean = counts.reduce((a, b) => a + b, 0) / Math.max(1, counts.length)
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / Math.max(1, counts.length - 1)
  return { phi: mean === 0 ? 0 : variance / mean, blocks: counts.filter((count) => count > 0).length }
}
