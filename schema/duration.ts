/** Durations, shares and weights as people write them: `30s`, `1%`, `10`. The domain gets milliseconds, fractions, whole percents. */
import { z } from 'zod'
import { longestDurationMs } from '../domain/bounds.ts'
import type { DurationUnit } from '../domain/plan/duration.ts'
import { unitMs } from '../domain/plan/duration.ts'

const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/

/** Milliseconds of `500ms`, `30s`, `10m`, `24h`, `7d`; NaN for anything else. */
export function durationMs(text: string): number {
  const parts = durationPattern.exec(text)
  return parts === null ? Number.NaN : Math.round(Number(parts[1]) * unitMs[parts[2] as DurationUnit])
}

/** A duration as text; parsed to milliseconds. */
export const Duration = z
  .string()
  .regex(durationPattern, 'a duration is a number with ms, s, m, h or d, such as 30s')
  .meta({ format: 'holdfast-duration', description: 'Duration such as 500ms, 30s, 10m, 24h.' })
  .transform(durationMs)
  .refine((ms) => ms <= longestDurationMs, 'must be at most 366d')

/** A duration longer than nothing. */
export const PositiveDuration = Duration.refine((ms) => ms > 0, 'must be longer than 0')

/** At most `longestMs`, which `text` says for people. */
export const upTo = (longestMs: number, text: string) =>
  PositiveDuration.refine((ms) => ms <= longestMs, `must be at most ${text}`)

const sharePattern = /^\d+(?:\.\d+)?%$/

const fraction = (value: string | number): number => (typeof value === 'number' ? value : Number(value.slice(0, -1)) / 100)

/** A share above 0 and at most 1, written `1%` or as a fraction such as `0.01`. Parsed to the fraction. */
export const Share = z
  .union([z.string().regex(sharePattern, 'a share is a percentage such as 1%'), z.number()])
  .meta({ format: 'holdfast-share', description: 'Share such as 1%, or the fraction.' })
  .transform(fraction)
  .refine((share) => share > 0 && share <= 1, 'a share is more than 0% and at most 100%')
