/** How long ago an instant was, in words. */

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

const words = new Intl.RelativeTimeFormat('en', { numeric: 'always' })

/** `3 minutes ago`, `in 2 hours`; `just now` within a second. */
export function agoText(atMs: number, nowMs: number): string {
  const awayMs = atMs - nowMs
  for (const [unit, ms] of units) if (Math.abs(awayMs) >= ms) return words.format(Math.trunc(awayMs / ms), unit)
  return 'just now'
}
