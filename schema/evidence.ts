/** What is measured of a version, as answers show it: the status of an analysis, the evidence of a verdict, the row of a look. */
import { z } from 'zod'
import type { Evidence as DomainEvidence } from '../domain/analysis/evidence.ts'
import type { LookRow as DomainLookRow } from '../domain/analysis/look-row.ts'
import type { AnalysisStatus as DomainStatus } from '../domain/analysis/status.ts'
import { verdictKinds } from '../domain/rollout/reason.ts'
import type { Immutable } from './immutable.ts'

const Counts = z
  .object({ bad: z.number(), total: z.number() })
  .meta({ id: 'Counts', description: 'Bad requests, out of how many.' })
export type Counts = Immutable<z.infer<typeof Counts>>

const log = (description: string) => z.number().meta({ description: `${description}, as a natural logarithm.` })

const StepEvidence = z
  .object({
    canary: Counts,
    objective: z.number().meta({ description: 'Share up to which a version is good.' }),
    bound: z.number().meta({ description: 'Upper bound of the new version’s share, valid at every look.' }),
    isGood: z.boolean(),
    logMirror: log('Evidence against "at least margin times the stable version’s rate"'),
    mirrorLimit: log('Where that is refuted'),
    isNotInferior: z.boolean(),
    isNeeded: z.boolean().meta({ description: 'A pass needs it; false for a dry run.' }),
  })
  .meta({ id: 'StepEvidence', description: 'What the requests of this step alone have shown of a metric with an objective.' })

const ChannelEvidence = z
  .object({
    id: z.string().meta({ description: '`errors`, `4xx`, `latency 500 ms`, `query NAME`.' }),
    weight: z.number().meta({ description: 'Share of the release’s E; 0 for a dry run.' }),
    canary: Counts,
    stable: Counts,
    byClients: z.boolean().meta({
      description: 'Sticky clients are judged: bad answers in a row to one client are one, and its requests count until then.',
    }),
    logE: log('Evidence that the new version is worse'),
    failing: z
      .object({
        canary: Counts,
        stable: Counts,
        logE: log('Evidence that more of the new version’s clients fail than were drawn for it by chance'),
        withholdsPass: z
          .boolean()
          .meta({ description: 'Most of the new version’s fail, and most of the stable version’s do not.' }),
      })
      .nullable()
      .meta({
        description:
          'Sticky clients that fail (four of their last 16 answers were bad, and no 16 in a row were good since), of those active in the last minute.',
      }),
    phi: z.number().meta({ description: 'Dispersion: what counts are divided by.' }),
    phiBasis: z.enum(['two-halves', 'one-replica', 'too-few-errors']),
    phiMeasured: z.number().meta({ description: 'Above phi where maxDispersion cuts it: alpha is not held.' }),
    step: StepEvidence.nullable(),
  })
  .meta({ id: 'ChannelEvidence' })
export type ChannelEvidence = Immutable<z.infer<typeof ChannelEvidence>>

const GuardrailEvidence = z
  .object({
    canary: log('Evidence that the new version has more than maxErrorRate'),
    stable: log('The same of the stable version'),
    limit: log('Where it is proven'),
    maxErrorRate: z.number(),
    byClients: z.boolean(),
    canaryErrors: Counts,
    stableErrors: Counts,
  })
  .meta({ id: 'GuardrailEvidence' })

const SplitEvidence = z
  .object({
    logE: log('Evidence that the traffic is not split as asked'),
    limit: log('Where it is proven'),
    canary: z.number(),
    total: z.number(),
    byClients: z.boolean(),
  })
  .meta({ id: 'SplitEvidence', description: 'Requests since the weight was set, or sticky clients, each at its first request.' })

const LivenessEvidence = z.object({
  exits: z.number().meta({ description: 'Exits of replicas that nobody asked for, in this step.' }),
  how: z.string().nullable().meta({ description: 'How they ended, how often and in which time, of the replica that has most.' }),
  lastAtMs: z.number().nullable(),
  lines: z.array(z.string()).meta({ description: 'What the last of them printed last.' }),
  deadSinceMs: z.number().nullable().meta({ description: 'Since when no replica has been healthy; null while one is.' }),
})

export type LivenessEvidence = Immutable<z.infer<typeof LivenessEvidence>>

export const Evidence = z
  .object({
    look: z.number().meta({ description: 'Looks that counted.' }),
    atMs: z.number().nullable().meta({ description: 'Instant of the last reading.' }),
    weightPercent: z.number(),
    alpha: z.number(),
    logE: log('The release’s E'),
    limit: log('Where it fails'),
    guardrail: GuardrailEvidence,
    requests: z
      .object({ canary: Counts, stable: Counts })
      .meta({ description: 'All requests, and those with an error: what users met, whatever is judged.' }),
    split: SplitEvidence.nullable(),
    channels: z.array(ChannelEvidence),
    blindSinceMs: z.number().nullable(),
    cautions: z.array(z.string()).meta({ description: 'Where the evidence is weaker than it looks, as sentences.' }),
    replicas: z
      .object({ canary: LivenessEvidence.nullable(), stable: LivenessEvidence.nullable() })
      .exactOptional()
      .meta({ description: 'What the target says of the replicas in this step; absent where it did not answer.' }),
  })
  .meta({ id: 'Evidence', description: 'What a verdict rests on.' }) satisfies z.ZodType<DomainEvidence>
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
  logLimit: log('Where it fails'),
  evidence: Evidence,
  toPass: z.object({ toGoMs: z.number().nullable(), text: z.string() }).nullable().meta({
    description: 'How near a pass is; null where none is waited for. toGoMs is null where it is not expected within the bake.',
  }),
  blindBecause: z.string().nullable(),
}
const standings = ['waiting', 'warming-up', 'looking', 'idle', 'blind'] as const

/** As it is kept. */
export const KeptStatus = z.object({ ...status, standing: z.enum(standings) }) satisfies z.ZodType<DomainStatus>

export const AnalysisStatus = z
  .object({ ...z.object(status).partial().shape, standing: z.enum([...standings, 'unguarded']) })
  .meta({
    id: 'AnalysisStatus',
    description:
      'Last status of the analysis; `unguarded` where nobody has looked for 15 s, and alone where nobody has looked yet.',
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
    logLimit: log('Where it fails'),
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
