/** Latencies of one replica's answers as a histogram: a fixed grid, and the declared edges. */
import type { Histogram } from './contract.ts'

const gridMs = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] as const

export interface Durations {
  record(durationMs: number): void
  read(): Histogram
}

export function createDurations(edgesMs: readonly number[]): Durations {
  const boundsMs = [...new Set([...gridMs, ...edgesMs])].sort((a, b) => a - b)
  const buckets = new Float64Array(boundsMs.length + 1)
  let count = 0
  let sumMs = 0
  return {
    record(durationMs) {
      let bucket = 0
      while (bucket < boundsMs.length && durationMs > (boundsMs[bucket] ?? Infinity)) bucket++
      buckets[bucket] = (buckets[bucket] ?? 0) + 1
      count++
      sumMs += durationMs
    },
    read() {
      let sum = 0
      const cumulative = boundsMs.map((_, index) => (sum += buckets[index] ?? 0))
      return { boundsMs, cumulative, count, sumMs }
    },
  }
}
