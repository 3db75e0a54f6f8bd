/** What the command line shows of an analysis: counts of both versions, and E against its limit. Whatever is missing is not shown. */
import { z } from 'zod'

const Counts = z.looseObject({ bad: z.number(), total: z.number() })
type Counts = z.infer<typeof Counts>

const Status = z.looseObject({
  logE: z.number().nullish(),
  limit: z.number().nullish(),
  guardrail: z.looseObject({ canary: z.number(), limit: z.number() }).nullish(),
  channels: z.array(z.looseObject({ id: z.string(), canary: Counts, stable: Counts })).nullish(),
  note: z.string().nullish(),
})

export interface SideReading {
  readonly requests: number
  readonly errors: number
}

/** One test's E and the limit at which it decides, as natural logarithms: E spans from 1 to beyond what a number shows. */
export interface EvidenceReading {
  readonly name: 'evidence' | 'guardrail'
  readonly logE: number
  readonly logLimit: number
}

export interface AnalysisReading {
  readonly canary: SideReading | null
  readonly stable: SideReading | null
  /** The test that is nearest to its limit. */
  readonly evidence: EvidenceReading | null
  readonly note: string | null
}

/** Null when there is no analysis, or none that this command line understands: the rest is shown all the same. */
export function readAnalysis(json: unknown): AnalysisReading | null {
  const parsed = Status.safeParse(json)
  if (!parsed.success) return null
  const { logE, limit, guardrail, channels, note } = parsed.data
  const errors = channels?.find(({ id }) => id === 'errors') ?? channels?.[0]
  const side = (counts: Counts | undefined): SideReading | null =>
    counts ? { requests: counts.total, errors: counts.bad } : null
  const tests: EvidenceReading[] = []
  if (typeof logE === 'number' && typeof limit === 'number') tests.push({ name: 'evidence', logE, logLimit: limit })
  if (guardrail) tests.push({ name: 'guardrail', logE: guardrail.canary, logLimit: guardrail.limit })
  const evidence = tests.toSorted((a, b) => b.logE / b.logLimit - a.logE / a.logLimit)[0] ?? null
  return { canary: side(errors?.canary), stable: side(errors?.stable), evidence, note: note ?? null }
}
