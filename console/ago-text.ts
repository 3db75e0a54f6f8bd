/** Instants as people say them. */

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

const words = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'short' })

/** `3 min. ago`, `in 2 hr.`; `just now` within a second. */
export function agoText(atMs: number, nowMs: number): string {
  const awayMs = atMs - nowMs
  for (const [unit, ms] of units) if (Math.abs(awayMs) >= ms) return words.format(Math.trunc(awayMs / ms), unit)
  return 'just now'
}
