/** What the command line shows of an analysis: counts of both versions, and E against its limit. Whatever is missing is not shown. */
import { z } from 'zod'

const Counts = z.looseObject({ bad: z.number(), total: z.number() })
type Counts = z.infer<typeof Counts>
const Guardrail = z.looseObject({ canary: z.number(), limit: z.number() })

/** Of one version in the present step: what its replicas did that nobody had asked for. */
export const Replicas = z.looseObject({
  exits: z.number(),
  how: z.string().nullish(),
  lines: z.array(z.string()).default([]),
  deadSinceMs: z.number().nullish(),
})

const Status = z.looseObject({
  canary: Counts.nullish(),
  stable: Counts.nullish(),
  logE: z.number().nullish(),
  logLimit: z.number().nullish(),
  standing: z.string().nullish(),
  blindBecause: z.string().nullish(),
  toPass: z.looseObject({ text: z.string() }).nullish(),
  evidence: z
    .looseObject({
      guardrail: Guardrail.nullish(),
      cautions: z.array(z.string()).nullish(),
      replicas: z.looseObject({ canary: Replicas.nullish(), stable: Replicas.nullish() }).nullish(),
    })
    .nullish(),
})

export interface SideSummary {
  readonly requests: number
  readonly errors: number
}

/** One test's E and the limit at which it decides, as natural logarithms: E spans from 1 to beyond what a number shows. */
export interface EvidenceSummary {
  readonly name: 'evidence' | 'guardrail'
  readonly logE: number
  readonly logLimit: number
}

export interface AnalysisSummary {
  readonly canary: SideSummary | null
  readonly stable: SideSummary | null
  /** The test that is nearest to its limit. */
  readonly evidence: EvidenceSummary | null
  /** Why it does not look as it should, or null. */
  readonly note: string | null
  /** How near a pass is, or null. */
  readonly toPass: string | null
  /** Where the evidence is weaker than it looks. */
  readonly cautions: readonly string[]
  /** What its replicas did that nobody had asked for, or null. */
  readonly replicas: { readonly canary: string | null; readonly stable: string | null }
}

const notes: Readonly<Record<string, string>> = {
  'warming-up': 'the new version is warming up: nothing is counted yet',
  idle: 'no requests come to the new version',
  blind: 'nothing is known of the new version: the weight is held',
  unguarded: 'nobody looks at the new version: no analysis worker is free',
}

/** Null when there is no analysis, or none that this command line understands: the rest is shown all the same. */
export function readAnalysis(json: unknown): AnalysisSummary | null {
  const parsed = Status.safeParse(json)
  if (!parsed.success) return null
  const { canary, stable, logE, logLimit, evidence, standing, blindBecause } = parsed.data
  const guardrail = evidence?.guardrail
  const tests: EvidenceSummary[] = []
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
    replicas: { canary: replicasText(evidence?.replicas?.canary), stable: replicasText(evidence?.replicas?.stable) },
  }
}

/** `3 exits: exit code 1, 3 times in 40 s; no healthy replica now`; null where there is nothing to say. */
export function replicasText(side: z.infer<typeof Replicas> | null | undefined): string | null {
  if (!side) return null
  const exits = side.exits > 0 ? [`${side.exits} ${side.exits === 1 ? 'exit' : 'exits'}${side.how ? `: ${side.how}` : ''}`] : []
  const dead = typeof side.deadSinceMs === 'number' ? ['no healthy replica now'] : []
  return exits.length + dead.length > 0 ? [...exits, ...dead].join('; ') : null
}

function noteOf(standing: string | null | undefined, blindBecause: string | null | undefined): string | null {
  const note = notes[standing ?? ''] ?? null
  return note !== null && standing === 'blind' && blindBecause ? `${note} (${blindBecause})` : note
}

const sideOf = (counts: Counts | null | undefined): SideSummary | null =>
  counts ? { requests: counts.total, errors: counts.bad } : null
