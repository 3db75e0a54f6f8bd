/** What the command line shows of an analysis: counts of both versions, and E against its limit. Whatever is missing is not shown. */
import { z } from 'zod'

const Counts = z.looseObject({ bad: z.number(), total: z.number() })

const Status = z.looseObject({
  canary: Counts.nullish(),
  stable: Counts.nullish(),
  logE: z.number().nullish(),
  logLimit: z.number().nullish(),
  note: z.string().nullish(),
})

export interface SideReading {
  readonly requests: number
  readonly errors: number
}

export interface AnalysisReading {
  readonly canary: SideReading | null
  readonly stable: SideReading | null
  /** Natural logarithms: E spans from 1 to beyond what a number shows. */
  readonly logE: number | null
  readonly logLimit: number | null
  readonly note: string | null
}

/** Null when there is no analysis, or none that this command line understands: the rest is shown all the same. */
export function readAnalysis(json: unknown): AnalysisReading | null {
  const parsed = Status.safeParse(json)
  if (!parsed.success) return null
  const { canary, stable, logE, logLimit, note } = parsed.data
  const side = (counts: z.infer<typeof Counts> | null | undefined): SideReading | null =>
    counts ? { requests: counts.total, errors: counts.bad } : null
  return { canary: side(canary), stable: side(stable), logE: logE ?? null, logLimit: logLimit ?? null, note: note ?? null }
}
