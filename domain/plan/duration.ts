/** Units of durations, in milliseconds, by the letters that people type. Each place that shows a duration has its own rounding. */
export const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

export type DurationUnit = keyof typeof unitMs
