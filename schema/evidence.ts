/** Measurements of a version, as answers show them: the status of an analysis, the evidence of a verdict, the row of a look. */
import { z } from 'zod'
import type { Evidence as DomainEvidence } from '../domain/analysis/evidence.ts'
import type { LookRow as DomainLookRow } from '../domain/analysis/look-row.ts'
import type { AnalysisStatus as DomainStatus } from '../domain/analysis/status.ts'
import { verdictKinds } from '../domain/rollout/reason.ts'
import type { Immutable } from './immutable.ts'

const Counts = z
  .object({ bad: z.number(), total: z.number() })
  .meta({ id: 'Counts', description: 'Bad requests, and all requests.' })
export type Counts = Immutable<z.infer<typeof Counts>>

const log = (description: string) => z.number().meta({ description: `${description}, as a natural logarithm.` })

const StepEvidence = z
  .object({
    canary: Counts,
    objective: z.number().meta({ description: 'Share up to which a version is good.' }),
    bound: z.number().meta({ description: 'Upper bound of the new version’s share, valid at every look.' }),
    isGood: z.boolean(),
    logMirror: log('Evidence against "at least margin times the stable version’s rate"'),
    mirrorLimit: log('Limit at which that is refuted'),
    isNotInferior: z.boolean(),
    isNeeded: z.boolean().meta({ description: 'Whether a pass needs it; false for a dry run.' }),
  })
  .meta({ id: 'StepEvidence', description: 'Evidence of this step alone, for a metric with an objective.' })

const ChannelEvidence = z
  .object({
    id: z.string().meta({ description: '`errors`, `4xx`, `latency 500 ms`, `query NAME`.' }),
    weight: z.number().meta({ description: 'Share of the release’s E; 0 for a dry run.' }),
    canary: Counts,
    stable: Counts,
    byClients: z.boolean().meta({
      description:
        'Whether sticky clients are judged instead of requests. Bad answers in a row to one client then count as one, and its requests count until the first.',
    }),
    logE: log('Evidence that the new version is worse'),
    failing: z
      .object({
        canary: Counts,
        stable: Counts,
        logE: log('Evidence that more of the new version’s clients fail than were drawn for it by chance'),
        withholdsPass: z
          .boolean()
          .meta({ description: 'Whether most clients of the new version fail, and most of the stable version do not.' }),
      })
      .nullable()
      .meta({
        description:
          'Sticky clients active in the last minute that fail: four of their last 16 answers were bad, and no 16 in a row have been good since.',
      }),
    phi: z.number().meta({ description: 'Dispersion, by which counts are divided.' }),
    phiBasis: z.enum(['two-halves', 'one-replica', 'too-few-errors']),
    phiMeasured: z
      .number()
      .meta({ description: 'Measured dispersion. Where it is above phi, maxDispersion caps it and alpha does not hold.' }),
    step: StepEvidence.nullable(),
  })
  .meta({ id: 'ChannelEvidence' })
export type ChannelEvidence = Immutable<z.infer<typeof ChannelEvidence>>

const GuardrailEvidence = z
  .object({
    canary: log('Evidence that the new version has more than maxErrorRate'),
    stable: log('Evidence that the stable version has more than maxErrorRate'),
    limit: log('Limit at which that is proven'),
    maxErrorRate: z.number(),
    byClients: z.boolean(),
    canaryErrors: Counts,
    stableErrors: Counts,
  })
  .meta({ id: 'GuardrailEvidence' })

const SplitEvidence = z
  .object({
    logE: log('Evidence that the traffic is not split as asked'),
    limit: log('Limit at which that is proven'),
    canary: z.number(),
    total: z.number(),
    byClients: z.boolean(),
  })
  .meta({
    id: 'SplitEvidence',
    description: 'Counts requests since the weight was set, or sticky clients, each at its first request.',
  })

const LivenessEvidence = z.object({
  exits: z.number().meta({ description: 'Unexpected exits of replicas in this step.' }),
  how: z
    .string()
    .nullable()
    .meta({ description: 'For the replica with the most exits: how its processes ended, how often and within which time.' }),
  lastAtMs: z.number().nullable(),
  lines: z.array(z.string()).meta({ description: 'Last lines that the latest of these processes printed.' }),
  deadSinceMs: z.number().nullable().meta({ description: 'Since when no replica has been healthy; null while one is.' }),
})

export type LivenessEvidence = Immutable<z.infer<typeof LivenessEvidence>>

export const Evidence = z
  .object({
    look: z.number().meta({ description: 'Looks that counted.' }),
    atMs: z.number().nullable().meta({ description: 'Time of the last reading.' }),
    weightPercent: z.number(),
    alpha: z.number(),
    logE: log('The release’s E'),
    limit: log('Limit at which the release fails'),
    guardrail: GuardrailEvidence,
    requests: z
      .object({ canary: Counts, stable: Counts })
      .meta({ description: 'All requests of users and those with an error, whichever metrics are judged.' }),
    split: SplitEvidence.nullable(),
    channels: z.array(ChannelEvidence),
    blindSinceMs: z.number().nullable(),
    cautions: z.array(z.string()).meta({ description: 'Sentences about where the evidence is weaker than it looks.' }),
    replicas: z
      .object({ canary: LivenessEvidence.nullable(), stable: LivenessEvidence.nullable() })
      .exactOptional()
      .meta({ description: 'Replicas in this step, as the target reports them; absent when it did not answer.' }),
  })
  .meta({ id: 'Evidence', description: 'Numbers that a verdict rests on.' }) satisfies z.ZodType<DomainEvidence>
export type Evidence = Immutable<z.infer<typeof Evidence>>

const Mode = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('guard') }),
  z.object({ kind: z.literal('shift') }),
  z.object({ kind: z.literal('bake'), minMs: z.number(), maxMs: z.number() }),
  z.object({ kind: z.literal('wait'), forMs: z.number() }),
  z.object({ kind: z.literal('watch'), forMs: z.number() }),
])

const status = {
  mode: Mode,
  inModeMs: z.number(),
  verdict: z.enum(verdictKinds).nullable(),
  canary: Counts,
  stable: Counts.nullable(),
  logE: log('The release’s E'),
  logLimit: log('Limit at which the release fails'),
  evidence: Evidence,
  toPass: z.object({ toGoMs: z.number().nullable(), text: z.string() }).nullable().meta({
    description:
      'How near a pass is; null when the analysis waits for none. `toGoMs` is null when no pass is expected within the bake.',
  }),
  blindBecause: z.string().nullable(),
}
const standings = ['waiting', 'warming-up', 'looking', 'idle', 'blind'] as const

/** The status as it is stored. */
export const KeptStatus = z.object({ ...status, standing: z.enum(standings) }) satisfies z.ZodType<DomainStatus>

export const AnalysisStatus = z
  .object({ ...z.object(status).partial().shape, standing: z.enum([...standings, 'unguarded']) })
  .meta({
    id: 'AnalysisStatus',
    description:
      'Last status of the analysis. `standing` is `unguarded` after 15 s without a look; before the first look it is the only member.',
  })
export type AnalysisStatus = Immutable<z.infer<typeof AnalysisStatus>>

export const LookRow = z
  .object({
    atMs: z.number(),
    weightPercent: z.number(),
    canary: Counts,
    stable: Counts,
    canaryRate: z.number().nullable(),
    stableRate: z.number().nullable(),
    logE: log('The release’s E'),
    logLimit: log('Limit at which the release fails'),
    guardrail: z.object({ canary: z.number(), stable: z.number(), limit: z.number() }),
    channels: z.record(z.string(), z.number()),
    bounds: z.record(z.string(), z.number()),
    note: z.enum(['first-reading', 'no-news', 'mark', 'warm-up', 'split-moved', 'torn']).nullable(),
  })
  .meta({
    id: 'LookRow',
    description: 'One look: its counts, rates over all looks that counted, and the evidence so far.',
  }) satisfies z.ZodType<DomainLookRow>
export type LookRow = Immutable<z.infer<typeof LookRow>>
