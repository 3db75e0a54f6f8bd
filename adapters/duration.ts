/** Durations as people write them in a provider's configuration. */
import { z } from 'zod'
import { longestDurationMs } from '../domain/bounds.ts'
import type { DurationUnit } from '../domain/plan/duration.ts'
import { unitMs } from '../domain/plan/duration.ts'

const pattern = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/

/** Parses `30s`, `10m`, `1.5h`, `250ms` to milliseconds. */
const anyDuration = z
  .string()
  .regex(pattern, "a duration is a number with ms, s, m or h, like '30s'")
  .transform((text) => {
    const [, amount = '0', unit = 'ms'] = pattern.exec(text) ?? []
    return Math.round(Number(amount) * unitMs[unit as DurationUnit])
  })

/** A duration from `shortest` to `longest`, both included, such as `1s` and `24h`. */
export const durationFrom = (shortest: string, longest: string) => {
  const [shortestMs, longestMs] = [anyDuration.parse(shortest), anyDuration.parse(longest)]
  return anyDuration.refine((ms) => ms >= shortestMs && ms <= longestMs, `must be from ${shortest} to ${longest}`)
}

export const duration = anyDuration.refine((ms) => ms <= longestDurationMs, 'must be at most 8784h')
