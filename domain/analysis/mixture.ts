/**
 * A mixture over how bad the canary is (one entry per alternative) and since when: capital is held back, and portions of it start later. A
 * test that starts only once sinks while the canary is healthy, and then sees too late that it goes bad.
 */
import { logAdd, logMean } from './log-space.ts'

/** Capital of each alternative as logarithms; `logs` is empty before the first look (JSON knows no -Infinity). */
export interface Mixture {
  /** Portions that have started. */
  readonly starts: number
  /** The next look starts another portion. */
  readonly fresh: boolean
  readonly logs: readonly number[]
}

export const beginMixture = (): Mixture => ({ starts: 0, fresh: true, logs: [] })

/** c of the weights: how slowly the portions become smaller. */
const slowness = 10

/** log w_k, from k = 1. The weights sum to 1 and depend on the past only, which is what keeps the mixture a supermartingale. */
export function logPortion(k: number): number {
  return k === 1 ? Math.log(0.5) : Math.log(slowness / (2 * (k + slowness - 2) * (k + slowness - 1)))
}

/** One look folded in: `logFactors` per alternative (null: all are 1, the look says nothing); `again`: the next look starts a portion. */
export function foldMixture(
  capital: Mixture,
  logFactors: ArrayLike<number> | null,
  alternatives: number,
  again: boolean,
): Mixture {
  if (!capital.fresh && !logFactors) return capital
  const starts = capital.fresh ? capital.starts + 1 : capital.starts
  const portion = capital.fresh ? logPortion(starts) : null
  const logs = new Array<number>(alternatives)
  for (let i = 0; i < alternatives; i += 1) {
    const before = capital.logs[i] ?? -Infinity
    // The portion comes before the factor: this look already counts for it.
    logs[i] = (portion === null ? before : logAdd(before, portion)) + (logFactors?.[i] ?? 0)
  }
  return { starts, fresh: again, logs }
}

/** log E: the portions that have started, and in closed form those that have not. */
export function logE({ starts, logs }: Mixture): number {
  if (starts === 0) return 0
  return logAdd(Math.log(slowness / (2 * (starts + slowness - 1))), logMean(logs))
}
