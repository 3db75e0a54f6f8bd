/** What the command line shows of an analysis: counts of both versions, and E against its limit. Whatever is missing is not shown. */
import { z } from 'zod'

const Counts = z.looseObject({ bad: z.number(), total: z.number() })
type Counts = z.infer<typeof Counts>
const Guardrail = z.looseObject({ canary: z.number(), limit: z.number() })

const Status = z.looseObject({
  canary: Counts.nullish(),
  stable: Counts.nullish(),
  logE: z.number().nullish(),
  logLimit: z.number().nullish(),
  standing: z.string().nullish(),
  blindBecause: z.string().nullish(),
  toPass: z.looseObject({ text: z.string() }).nullish(),
  evidence: z.looseObject({ guardrail: Guardrail.nullish(), cautions: z.array(z.string()).nullish() }).nullish(),
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
  /** Why it does not look as it should, or null. */
  readonly note: string | null
  /** How near a pass is, or null. */
  readonly toPass: string | null
  /** Where the evidence is weaker than it looks. */
  readonly cautions: readonly string[]
}

const notes: Readonly<Record<string, string>> = {
  'warming-up': 'the canary is warming up: nothing is counted yet',
  idle: 'no requests come to the canary',
  blind: 'nothing is known of the canary: the weight is held',
  unguarded: 'nobody looks at the canary: no analysis worker is free',
}

/** Null when there is no analysis, or none that this command line understands: the rest is shown all the same. */
export function readAnalysis(json: unknown): AnalysisReading | null {
  const parsed = Status.safeParse(json)
  if (!parsed.success) return null
  const { canary, stable, logE, logLimit, evidence, standing, blindBecause } = parsed.data
  const guardrail = evidence?.guardrail
  const tests: EvidenceReading[] = []
  if (typeof logE === 'number' && typeof logLimit === 'number') tests.push({ name: 'evidence', logE, logLimit })
  if (guardrail) tests.push({ name: 'guardrail', logE: guardrail.canary, logLimit: guardrail.limit })
  const nearest = tests.toSorted((a, b) => b.logE / b.logLimit - a.logE / a.logLimit)[0] ?? null
  return {
    canary: sideOf(canary),
    stable: sideOf(stable),
    evidence: nearest,
    note: noteOf(standing, blindBecause),
    toPass: parsed.data.toPass?.text ?? null,
    cautions: evidence?.cautions ?? [],
  }
}

function noteOf(standing: string | null | undefined, blindBecause: string | null | undefined): string | null {
  const note = notes[standing ?? ''] ?? null
  return note !== null && standing === 'blind' && blindBecause ? `${note} (${blindBecause})` : note
}

const sideOf = (counts: Counts | null | undefined): SideReading | null =>
  counts ? { requests: counts.total, errors: counts.bad } : null
