/**
 * How a router splits traffic, and so how many replicas the canary needs for a weight. The parsed configuration of a router chooses its row
 * by the key `split`; without the key, the router divides requests.
 */
import type { ProviderRef } from './service.ts'

interface Split {
  /** The largest weight of a canary beside a stable version, in percent. */
  readonly largestWeight: number
  /**
   * Replicas that the canary needs for a weight beside `stableReplicas`, rounded up, at least one. Computed in whole numbers, because
   * 0.55 x 20 is over 11.
   */
  readonly canaryReplicas: (weight: number, stableReplicas: number) => number
}

const splits = {
  /** The router divides requests, whatever the replicas are. So the canary needs its share of the stable replicas. */
  requests: {
    largestWeight: 99,
    canaryReplicas: (weight, stableReplicas) => (weight <= 0 ? 0 : Math.max(1, Math.ceil((weight * stableReplicas) / 100))),
  },
  /**
   * Each replica gets the same share, and the stable version keeps its replicas. From half of the traffic on, the canary has as many as the
   * stable version, so it can take all of it.
   */
  replicas: {
    largestWeight: 50,
    canaryReplicas: (weight, stableReplicas) => {
      if (weight <= 0) return 0
      return weight >= 50 ? stableReplicas : Math.max(1, Math.ceil((weight * stableReplicas) / (100 - weight)))
    },
  },
} as const satisfies Record<string, Split>

type SplitName = keyof typeof splits

export function splitOf({ config: { split } }: Pick<ProviderRef, 'config'>): Split {
  return typeof split === 'string' && Object.hasOwn(splits, split) ? splits[split as SplitName] : splits.requests
}
