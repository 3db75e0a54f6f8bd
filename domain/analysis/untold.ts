/** Metrics that the provider has no counters for. A test without data is not a test that was passed, so each is named. */
import type { Channel } from './channels.ts'
import type { Replicas } from './count.ts'
import { hasCounter } from './count.ts'
import type { Counters } from './counters.ts'

export interface Untold {
  /** Whose counter is missing; the canary's where both are. */
  readonly of: 'canary' | 'stable'
  readonly why: string
}

/** By channel, as the reading that `replicas` comes from has it. */
export function untoldIn(
  { canary, stable }: { readonly canary: string; readonly stable: string | null },
  channels: readonly Channel[],
  { untold = [] }: Counters,
  replicas: Replicas,
): Readonly<Record<string, Untold>> {
  const sides = [['canary', canary] as const, ...(stable === null ? [] : [['stable', stable] as const])]
  return Object.fromEntries(
    channels.flatMap(({ id, metric }, i): [string, Untold][] => {
      const [missing] = sides.filter(([side]) => !hasCounter(replicas, side, i))
      if (!missing) return []
      const [of, revision] = missing
      const told = untold.find((one) => one.revision === revision && metric.kind === 'query' && one.query === metric.name)
      return [[id, { of, why: told?.why ?? 'the metrics provider has no counter for it' }]]
    }),
  )
}

/** A query with a share must have counters for a pass, because it was declared to have a say. */
export const isWithheldBy = ({ metric, weight }: Channel, untold: Untold | undefined): boolean =>
  metric.kind === 'query' && weight > 0 && untold?.of === 'canary'
