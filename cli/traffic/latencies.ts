/** Counts latencies from 10 us to 167 s in buckets of 1.1 % width, so that memory is bounded however long a load runs. */

const smallestMs = 0.01
const perOctave = 64
const octaves = 24

export interface Quantiles {
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

export interface Latencies {
  record(latencyMs: number): void
  quantiles(): Quantiles
}

export function createLatencies(): Latencies {
  const buckets = new Float64Array(octaves * perOctave)
  let count = 0
  let maxMs = 0
  const quantile = (share: number): number => {
    let left = Math.ceil(count * share)
    for (let at = 0; at < buckets.length && left > 0; at++) {
      left -= buckets[at] ?? 0
      if (left <= 0) return Math.min(maxMs, smallestMs * 2 ** ((at + 1) / perOctave))
    }
    return maxMs
  }
  return {
    record(latencyMs) {
      const at = Math.floor(Math.log2(Math.max(latencyMs, smallestMs) / smallestMs) * perOctave)
      const bucket = Math.min(at, buckets.length - 1)
      buckets[bucket] = (buckets[bucket] ?? 0) + 1
      count++
      if (latencyMs > maxMs) maxMs = latencyMs
    },
    quantiles: () => ({ p50Ms: quantile(0.5), p95Ms: quantile(0.95), p99Ms: quantile(0.99), maxMs }),
  }
}
