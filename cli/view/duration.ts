/** Durations as people type and read them: `90s`, `10m`, `24h`. */
import type { DurationUnit } from '../../domain/plan/duration.ts'
import { unitMs } from '../../domain/plan/duration.ts'
import { Problem } from '../../domain/problem.ts'
import { durationMs } from '../../schema/duration.ts'

/** Milliseconds of `30s`, `10m`, `24h`. @throws Problem invalid-input */
export function parseDuration(text: string): number {
  const ms = durationMs(text)
  if (Number.isNaN(ms) || ms <= 0)
    throw new Problem('invalid-input', `'${text}' is not a duration`, { hint: 'for example 30s, 10m or 24h' })
  return ms
}

/** A duration in at most two units, rounded down: `4s`, `2m 05s`, `3h 07m`, `2d 04h`. */
export function durationText(ms: number): string {
  if (ms > 0 && ms < unitMs.s) return `${Math.round(ms)}ms`
  if (ms < unitMs.m) return `${Math.max(0, Math.floor(ms / unitMs.s))}s`
  return ms < unitMs.h ? pair(ms, 'm', 's') : ms < unitMs.d ? pair(ms, 'h', 'm') : pair(ms, 'd', 'h')
}

function pair(ms: number, large: DurationUnit, small: DurationUnit): string {
  const [many, rest] = [Math.floor(ms / unitMs[large]), Math.floor((ms % unitMs[large]) / unitMs[small])]
  return rest === 0 ? `${many}${large}` : `${many}${large} ${String(rest).padStart(2, '0')}${small}`
}

/** A duration as a declaration spells it, in the largest unit that divides it. */
export function declaredDuration(ms: number): string {
  const unit = (['h', 'm', 's', 'ms'] as const).find((one) => ms % unitMs[one] === 0) ?? 'ms'
  return `${ms / unitMs[unit]}${unit}`
}

/** The time of day, in the reader's time zone. */
export const clockText = (instant: string): string => {
  const at = new Date(instant)
  return Number.isNaN(at.getTime()) ? '--:--:--' : at.toTimeString().slice(0, 8)
}

/** `4m ago`, or `never`. */
export const agoText = (instant: string | null | undefined, nowMs: number): string =>
  instant ? `${durationText(nowMs - Date.parse(instant))} ago` : 'never'
