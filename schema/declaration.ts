/** A service as its owner declares it, parsed to the domain's `Service`. Products bring their own part; they are handed in. */
import { z } from 'zod'
import { namePattern } from '../domain/identity.ts'
import type { Environment, Service } from '../domain/service.ts'
import { Analysis, analysisOf, Objective, objectiveOf } from './analysis.ts'
import { Hooks, hooksOf, Smoke, smokeOf } from './checks.ts'
import { Duration } from './duration.ts'
import type { MetricsSchema, ProductSchema } from './product.ts'
import { productSchema } from './product.ts'
import { Strategy, strategyOf } from './strategy.ts'

export interface ProductSchemas {
  readonly targets: readonly ProductSchema[]
  readonly traffics: readonly ProductSchema[]
  readonly metrics: readonly MetricsSchema[]
}

export type DeclarationSchema = ReturnType<typeof createDeclarationSchema>

const Name = z.string().regex(namePattern, 'a name is 1-63 lower-case letters, digits and dashes, beginning with a letter')

const environmentSchema = ({ targets, traffics, metrics }: ProductSchemas) =>
  z.strictObject({
    name: Name.meta({ description: 'Name of the environment, unique in the service.' }),
    after: z.array(z.string()).optional().meta({ description: 'Environments that come first; the one before where absent.' }),
    target: productSchema(targets, 'What runs it.'),
    traffic: productSchema(traffics, 'What splits its traffic.').prefault({ kind: 'local' }),
    metrics: productSchema(metrics, 'What counts its requests.').prefault({ kind: 'scrape' }),
    strategy: Strategy.prefault({ kind: 'canary' }).meta({ description: 'How a version comes out.' }),
    smoke: z.array(Smoke).max(20).prefault([]).meta({ description: 'Asked of a version before it gets traffic.' }),
    hooks: Hooks.prefault({}).meta({ description: 'Called along the way.' }),
    analysis: Analysis.prefault({}).meta({ description: 'What is measured, and what follows.' }),
    watch: Duration.prefault('15m').meta({ description: 'After promotion, still guarded, with the old version warm.' }),
    onBusy: z
      .enum(['wait', 'supersede', 'refuse'])
      .default('wait')
      .meta({ description: 'When another release is on its way here: wait, have it go back first, or refuse.' }),
    onBaselineChange: z
      .enum(['proceed'])
      .default('proceed')
      .meta({ description: 'When another version became stable meanwhile.' }),
  })

type DeclaredEnvironment = z.output<ReturnType<typeof environmentSchema>>

/** The schema of a declaration: input as people write it, output the domain's `Service` with every default filled in. */
export function createDeclarationSchema(products: ProductSchemas) {
  return z
    .strictObject({
      kind: z.literal('Service').meta({ description: 'What this declares.' }),
      name: Name.meta({ description: 'Name of the service.' }),
      owners: z.array(z.string().min(1)).default([]).meta({ description: 'Teams or persons that own it.' }),
      database: Name.nullable().default(null).meta({ description: 'The protected database it uses.' }),
      alpha: z
        .number()
        .gt(0)
        .max(0.5)
        .default(0.01)
        .meta({ description: 'Chance of sending a healthy release back, over the whole release.' }),
      objective: Objective.prefault({}).meta({ description: 'What is good enough in absolute terms.' }),
      environments: z
        .array(environmentSchema(products))
        .min(1)
        .max(20)
        .meta({ description: 'Where it runs, in the order of a release.' }),
    })
    .superRefine((declared, ctx) => checkEnvironments(declared.environments, ctx))
    .superRefine((declared, ctx) => checkMetrics(declared.environments, products.metrics, ctx))
    .transform((declared): Service => {
      const objective = objectiveOf(declared.objective)
      const environments = declared.environments.map((one, index) =>
        environmentOf(one, declared.environments[index - 1]?.name, objective),
      )
      const { name, owners, database, alpha } = declared
      return { name, owners, database, alpha, objective, environments }
    })
}

const environmentOf = (
  declared: DeclaredEnvironment,
  before: string | undefined,
  objective: Service['objective'],
): Environment => ({
  name: declared.name,
  after: afterOf(declared, before),
  target: declared.target,
  traffic: declared.traffic,
  metrics: declared.metrics,
  strategy: strategyOf(declared.strategy),
  smoke: declared.smoke.map(smokeOf),
  hooks: hooksOf(declared.hooks),
  analysis: analysisOf(declared.analysis, objective),
  watchMs: declared.watch,
  onBusy: declared.onBusy,
  onBaselineChange: declared.onBaselineChange,
})

const afterOf = ({ after }: Pick<DeclaredEnvironment, 'after'>, before: string | undefined): readonly string[] =>
  after ?? (before === undefined ? [] : [before])

/** Names are unique, `after` names others of the service, and nothing waits for itself. */
function checkEnvironments(environments: readonly DeclaredEnvironment[], ctx: z.RefinementCtx): void {
  const names = environments.map(({ name }) => name)
  const add = (path: (string | number)[], message: string) =>
    ctx.addIssue({ code: 'custom', path: ['environments', ...path], message })
  const done = new Set<string>()
  environments.forEach(({ name, after = [] }, index) => {
    if (names.indexOf(name) !== index) add([index, 'name'], `there are two environments named ${name}`)
    after.forEach((other, at) => {
      if (!names.includes(other)) add([index, 'after', at], `there is no environment ${other}`)
    })
  })
  let left = environments.map((one, index) => ({ index, name: one.name, after: afterOf(one, names[index - 1]) }))
  for (let before = -1; left.length !== before; ) {
    before = left.length
    for (const { name, after } of left) if (after.every((other) => done.has(other) || !names.includes(other))) done.add(name)
    left = left.filter(({ name }) => !done.has(name))
  }
  for (const { index, name } of left) add([index, 'after'], `${name} comes after itself`)
}

/** What is compared is what the provider counts: a metric that nobody counts would never show anything. */
function checkMetrics(
  environments: readonly DeclaredEnvironment[],
  products: readonly MetricsSchema[],
  ctx: z.RefinementCtx,
): void {
  for (const [index, { metrics, analysis }] of environments.entries()) {
    const counted = products.find(({ kind }) => kind === metrics.kind)?.counts(metrics.config) ?? []
    for (const [at, { kind }] of analysis.metrics.entries()) {
      if (counted.includes(kind)) continue
      const message = `metrics of kind ${metrics.kind}, as declared, do not count '${kind}': only ${counted.join(', ')}`
      ctx.addIssue({ code: 'custom', path: ['environments', index, 'analysis', 'metrics', at, 'kind'], message })
    }
  }
}

/** JSON Schema 2020-12 of what people write. */
export const declarationJsonSchema = (schema: DeclarationSchema): Record<string, unknown> => ({
  title: 'Holdfast service declaration',
  ...(z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' }) as Record<string, unknown>),
})
