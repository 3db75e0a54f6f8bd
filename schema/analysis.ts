/** What is measured of a version and what counts as good: declared analysis and objective, with their defaults. */
import { z } from 'zod'
import type { AnalysisSettings, MetricSettings, Objective as DomainObjective } from '../domain/plan/service.ts'
import type { Tell } from './beside.ts'
import { beside, listOf, memberOf, numberOf, telling, textOf } from './beside.ts'
import { Duration, PositiveDuration, Share, upTo } from './duration.ts'
import { Query } from './text.ts'

export const Objective = z.strictObject({
  errors: Share.prefault('1%').meta({ description: 'Share of failed requests up to which a version is good.' }),
  slow: z
    .strictObject({
      over: PositiveDuration.prefault('500ms').meta({ description: 'A request that takes longer is slow.' }),
      share: Share.prefault('5%').meta({ description: 'Share of slow requests up to which a version is good.' }),
    })
    .prefault({})
    .meta({ description: 'What counts as good latency.' }),
})

export const objectiveOf = ({ errors, slow }: z.output<typeof Objective>): DomainObjective => ({
  errors,
  slow: { overMs: slow.over, share: slow.share },
})

const common = {
  share: z.number().min(0).max(1).meta({ description: 'Weight of the metric in E; all weights sum to 1.' }),
  dryRun: z.boolean().default(false).meta({ description: 'true: the metric is shown but decides nothing.' }),
}

const Metric = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('errors'), ...common }),
  z.strictObject({
    kind: z.literal('status'),
    match: z
      .string()
      .regex(/^(?:[1-5]xx|[1-5]\d\d)$/, 'match is a class such as 4xx or a code such as 401')
      .prefault('4xx')
      .meta({ description: 'Class, for example 4xx, or code, for example 401, to compare with the stable version.' }),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('latency'),
    edges: z
      .array(PositiveDuration)
      .min(1)
      .max(8)
      .prefault(['100ms', '500ms'])
      .meta({ description: 'Latency edges; the analysis compares the share of requests slower than each.' }),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('query'),
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,62}$/)
      .meta({ description: 'Name of the metric in answers.' }),
    bad: Query.meta({ description: 'PromQL of a cumulative counter of bad events, with the label of the revision.' }),
    total: Query.meta({ description: 'PromQL of a cumulative counter of all events, with the label of the revision.' }),
    ...common,
  }),
])

const defaultMetrics: z.input<typeof Metric>[] = [
  { kind: 'errors', share: 0.6 },
  { kind: 'status', match: '4xx', share: 0.1 },
  { kind: 'latency', edges: ['100ms', '500ms'], share: 0.3 },
]

const rate = (description: string) => z.number().gt(0).lt(1).meta({ description })

export const Analysis = z
  .strictObject({
    look: upTo(3_600_000, '1h')
      .prefault('1s')
      .meta({ description: 'Time between two looks, at most as often as the provider has news.' }),
    h0: z
      .number()
      .min(1)
      .max(10)
      .default(1)
      .meta({ description: 'Tolerated ratio of the new version’s rate to the stable version’s.' }),
    margin: z.number().max(20).default(1.5).meta({ description: 'Ratio that a pass must rule out; above h0.' }),
    beta: rate('Chance that a version worse than the margin passes.').default(0.05),
    maxErrorRate: Share.optional().meta({
      description: 'Guardrail: error rate that no version may exceed. Default: five times objective.errors.',
    }),
    maxDispersion: z.number().min(3).max(100).default(10).meta({
      description:
        'Largest dispersion of errors that the analysis allows for. Alpha does not hold for errors in larger clusters.',
    }),
    warmUp: Duration.prefault('15s').meta({ description: 'Looks this soon after the start of a version do not count.' }),
    maxRestarts: z.int().min(0).max(20).default(2).meta({
      description: 'How often one replica may exit by itself in a step or in the watch. One more exit is a fail.',
    }),
    metrics: z.array(Metric).min(1).max(20).prefault(defaultMetrics).meta({ description: 'Metrics that the analysis compares.' }),
    onInconclusive: z
      .enum(['hold', 'extend', 'rollback', 'promote'])
      .default('hold')
      .meta({ description: 'What follows when the bake shows neither good nor bad.' }),
    maxHold: PositiveDuration.prefault('24h').meta({
      description: 'How long a gated, paused or held version with traffic waits for a person before it is reverted.',
    }),
    idleAfter: PositiveDuration.prefault('2m').meta({ description: 'Time without requests after which a version is idle.' }),
    maxBlind: PositiveDuration.prefault('10m').meta({
      description: 'Time without fresh counters of the new version after which it is reverted.',
    }),
  })
  .superRefine((analysis, ctx) => checkAnalysis(analysis, telling(ctx)), beside)

function checkAnalysis(analysis: unknown, tell: Tell): void {
  // A value that is not a number is another fault. NaN skips the comparison.
  const [h0, margin] = ['h0', 'margin'].map((key) => numberOf(memberOf(analysis, key)) ?? Number.NaN) as [number, number]
  if (margin <= h0) tell(['margin'], `margin must be above h0 (${h0})`)
  const metrics = listOf(memberOf(analysis, 'metrics'))
  const shares = metrics.filter((one) => memberOf(one, 'dryRun') !== true).map((one) => numberOf(memberOf(one, 'share')))
  const sum = shares.reduce<number>((total, share) => total + (share ?? Number.NaN), 0)
  if (metrics.length > 0 && Math.abs(sum - 1) > 1e-9)
    tell(['metrics'], `shares must sum to 1, they sum to ${Number(sum.toFixed(6))}`)
  // Only a query has a name.
  const names = metrics.map((one) => textOf(memberOf(one, 'name')))
  names.forEach((name, index) => {
    if (name !== undefined && names.indexOf(name) !== index)
      tell(['metrics', index, 'name'], `there are two queries named ${name}`)
    const edges = listOf(memberOf(metrics[index], 'edges')).map((edge) => numberOf(edge) ?? Number.NaN)
    if (edges.some((edge, at) => edge <= (edges[at - 1] ?? Number.NaN))) tell(['metrics', index, 'edges'], 'edges must rise')
  })
}

const metricOf = (metric: z.output<typeof Metric>): MetricSettings => {
  if (metric.kind !== 'latency') return metric
  const { edges, ...others } = metric
  return { ...others, edgesMs: edges }
}

/** The domain's settings. A guardrail that is not declared follows the objective. */
export const analysisOf = (declared: z.output<typeof Analysis>, objective: DomainObjective): AnalysisSettings => ({
  lookMs: declared.look,
  h0: declared.h0,
  margin: declared.margin,
  beta: declared.beta,
  maxErrorRate: declared.maxErrorRate ?? Math.min(0.99, 5 * objective.errors),
  maxDispersion: declared.maxDispersion,
  warmUpMs: declared.warmUp,
  maxRestarts: declared.maxRestarts,
  metrics: declared.metrics.map(metricOf),
  onInconclusive: declared.onInconclusive,
  maxHoldMs: declared.maxHold,
  idleAfterMs: declared.idleAfter,
  maxBlindMs: declared.maxBlind,
})
