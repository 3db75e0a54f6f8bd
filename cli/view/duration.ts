/** Durations as people type and read them: `90s`, `10m`, `24h`; parts from the largest down. */
import { Problem } from '../../domain/problem.ts'
import { durationMs } from '../../schema/duration.ts'

/** Milliseconds of `30s`, `10m`, `24h`. @throws Problem invalid-input */
export function parseDuration(text: string): number {
  const ms = durationMs(text)
  if (Number.isNaN(ms) || ms <= 0)
    throw new Problem('invalid-input', `'${text}' is not a duration`, { hint: 'for example 30s, 10m or 24h' })
  return ms
}

/** At most two parts, rounded down: `4s`, `2m 05s`, `3h 07m`, `2d 04h`. */
export function durationText(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000))
  if (ms > 0 && ms < 1000) return `${Math.round(ms)}ms`
  if (s < 60) return `${s}s`
  if (s < 3600) return pair(Math.floor(s / 60), 'm', s % 60, 's')
  if (s < 86_400) return pair(Math.floor(s / 3600), 'h', Math.floor((s % 3600) / 60), 'm')
  return pair(Math.floor(s / 86_400), 'd', Math.floor((s % 86_400) / 3600), 'h')
}

const pair = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit} ${String(small).padStart(2, '0')}${smallUnit}`

/** How the declaration spells it: the largest unit that divides it. */
export function declaredDuration(ms: number): string {
  const units = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const
  const unit = (['h', 'm', 's', 'ms'] as const).find((u) => ms % units[u] === 0) ?? 'ms'
  return `${ms / units[unit]}${unit}`
}

/** Time of day, in the reader's zone. */
export const clockText = (instant: string): string => {
  const at = new Date(instant)
  return Number.isNaN(at.getTime()) ? '--:--:--' : at.toTimeString().slice(0, 8)
}

/** `4m ago`, or `never`. */
export const agoText = (instant: string | null | undefined, nowMs: number): string =>
  instant ? `${durationText(nowMs - Date.parse(instant))} ago` : 'never'
