/** Metrics that the provider has no counters for. A test without data is not a test that was passed, so each is named. */
import type { Channel } from './channels.ts'
import type { Replicas } from './count.ts'
import { hasCounter } from './count.ts'
import type { Counters } from './counters.ts'

export interface MissingCounter {
  /** The side without a counter; the canary where both have none. */
  readonly of: 'canary' | 'stable'
  readonly why: string
}

/** By channel: what the counters lack that `replicas` comes from. */
export function missingIn(
  { canary, stable }: { readonly canary: string; readonly stable: string | null },
  channels: readonly Channel[],
  { missing }: Counters,
  replicas: Replicas,
): Readonly<Record<string, MissingCounter>> {
  const sides = [['canary', canary] as const, ...(stable === null ? [] : [['stable', stable] as const])]
  return Object.fromEntries(
    channels.flatMap(({ id, metric }, i): [string, MissingCounter][] => {
      const [absent] = sides.filter(([side]) => !hasCounter(replicas, side, i))
      if (!absent) return []
      const [of, revision] = absent
      const reported = missing?.find((one) => one.revision === revision && metric.kind === 'query' && one.query === metric.name)
      return [[id, { of, why: reported?.why ?? 'the metrics provider has no counter for it' }]]
    }),
  )
}

/** A query with a share must have counters for a pass, because its owner declared that it takes part in the verdict. */
export const isWithheldBy = ({ metric, weight }: Channel, missing: MissingCounter | undefined): boolean =>
  metric.kind === 'query' && weight > 0 && missing?.of === 'canary'
