/** A cheap random draw that chooses a revision. It is independent for each request, as the analysis assumes. */
import { randomFillSync } from 'node:crypto'

/**
 * xoshiro128** seeded from the system's randomness: uniform in [0, 1). Not for secrets. `Math.random` would do statistically, but Node does
 * not specify its generator and seed. A smooth weighted scheme would correlate neighbouring requests with the clients' own rhythm.
 */
export function createDraw(seed: Uint32Array = randomFillSync(new Uint32Array(4))): () => number {
  let [a = 1, b = 2, c = 3, d = 4] = seed
  if ((a | b | c | d) === 0) a = 1
  return () => {
    const scaled = Math.imul(b, 5)
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return result / 4294967296
  }
}
