/** What the command line shows of an analysis: counts of both versions, and E against its limit. It leaves out what is missing. */
import type { AnalysisStatus, Counts, LivenessEvidence } from '../schema/evidence.ts'

export interface SideSummary {
  readonly requests: number
  readonly errors: number
}

/** The E of one test and the limit at which it decides. Both are natural logarithms, because E itself may exceed any number. */
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
  /** Why the analysis cannot judge the version now, or null. */
  readonly note: string | null
  /** How near a pass is, or null. */
  readonly toPass: string | null
  /** Where the evidence is weaker than it looks. */
  readonly cautions: readonly string[]
  /** Unexpected exits of replicas, and versions without a healthy one; null when there are none. */
  readonly replicas: { readonly canary: string | null; readonly stable: string | null }
}

const notes: Readonly<Partial<Record<AnalysisStatus['standing'], string>>> = {
  'warming-up': 'the new version is warming up: nothing is counted yet',
  idle: 'no requests come to the new version',
  blind: 'there are no fresh counters of the new version: its weight is held',
  unguarded: 'the new version is unguarded: no analysis worker is free',
}

/** Null when there is no analysis, or this command line does not understand it. The rest of the answer is shown all the same. */
export function summaryOf(status: AnalysisStatus | null | undefined): AnalysisSummary | null {
  if (!status) return null
  const { canary, stable, logE, logLimit, evidence, standing, blindBecause, toPass } = status
  const tests: EvidenceSummary[] = []
  if (logE !== undefined && logLimit !== undefined) tests.push({ name: 'evidence', logE, logLimit })
  if (evidence) tests.push({ name: 'guardrail', logE: evidence.guardrail.canary, logLimit: evidence.guardrail.limit })
  const nearest = tests.toSorted((a, b) => b.logE / b.logLimit - a.logE / a.logLimit)[0] ?? null
  return {
    canary: sideOf(canary),
    stable: sideOf(stable),
    evidence: nearest,
    note: noteOf(standing, blindBecause),
    toPass: toPass?.text ?? null,
    cautions: evidence?.cautions ?? [],
    replicas: { canary: replicasText(evidence?.replicas?.canary), stable: replicasText(evidence?.replicas?.stable) },
  }
}

/** `3 exits: exit code 1, 3 times in 40 s; no healthy replica now`; null when there is neither. */
export function replicasText(side: LivenessEvidence | null | undefined): string | null {
  if (!side) return null
  const exits = side.exits > 0 ? [`${side.exits} ${side.exits === 1 ? 'exit' : 'exits'}${side.how ? `: ${side.how}` : ''}`] : []
  const dead = side.deadSinceMs !== null ? ['no healthy replica now'] : []
  return exits.length + dead.length > 0 ? [...exits, ...dead].join('; ') : null
}

function noteOf(standing: AnalysisStatus['standing'], blindBecause: string | null | undefined): string | null {
  const note = notes[standing] ?? null
  return note !== null && standing === 'blind' && blindBecause ? `${note} (${blindBecause})` : note
}

const sideOf = (counts: Counts | null | undefined): SideSummary | null =>
  counts ? { requests: counts.total, errors: counts.bad } : null
