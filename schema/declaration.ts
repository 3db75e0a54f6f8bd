/** A service as its owner declares it, parsed to the domain's `Service`. The caller passes the providers, which bring their own schemas. */
import { z } from 'zod'
import { namePattern } from '../domain/identity.ts'
import type { Environment, MetricSettings, ProviderRef, Service } from '../domain/plan/service.ts'
import { splitOf } from '../domain/plan/split.ts'
import { Analysis, analysisOf, Objective, objectiveOf } from './analysis.ts'
import type { Tell } from './beside.ts'
import { beside, listOf, memberOf, numberOf, telling, textOf } from './beside.ts'
import { Hooks, hooksOf, Smoke, smokeOf } from './checks.ts'
import { Duration } from './duration.ts'
import { checkCommands, checkPairs, withDefaults } from './pairs.ts'
import type { BesideSchema, MetricsSchema, TargetSchema } from './provider.ts'
import { providerSchema } from './provider.ts'
import { Strategy, strategyOf } from './strategy.ts'
import { Line } from './text.ts'

export interface ProviderSchemas {
  readonly targets: readonly TargetSchema[]
  readonly traffics: readonly BesideSchema[]
  readonly metrics: readonly MetricsSchema[]
}

export type DeclarationSchema = ReturnType<typeof createDeclarationSchema>

const Name = z.string().regex(namePattern, 'a name is 1-63 lower-case letters, digits and dashes, beginning with a letter')

const environmentSchema = ({ targets, traffics, metrics }: ProviderSchemas) =>
  z.strictObject({
    name: Name.meta({ description: 'Name of the environment, unique in the service.' }),
    after: z
      .array(z.string())
      .max(20)
      .optional()
      .meta({ description: 'Environments that a release passes first. Default: the one above.' }),
    target: providerSchema(targets, 'Target that runs the versions.'),
    traffic: providerSchema(traffics, `Router that splits the traffic. ${presetText(targets, 'traffic')}`).optional(),
    metrics: providerSchema(metrics, `Provider that counts the requests. ${presetText(targets, 'metrics')}`).optional(),
    strategy: Strategy.prefault({ kind: 'canary' }).meta({ description: 'How a version gets its traffic.' }),
    smoke: z.array(Smoke).max(20).prefault([]).meta({ description: 'Smoke tests of a version before it gets traffic.' }),
    hooks: Hooks.prefault({}).meta({ description: 'Hooks that Holdfast calls at moments of a rollout.' }),
    analysis: Analysis.prefault({}).meta({ description: 'What the analysis measures, and what follows.' }),
    watch: Duration.prefault('15m').meta({
      description: 'How long the version is guarded after promotion, with the old version warm.',
    }),
    onBusy: z
      .enum(['wait', 'supersede', 'refuse'])
      .default('wait')
      .meta({ description: 'What to do when another release is in flight here: wait, have it reverted first, or refuse.' }),
  })

const presetText = (targets: readonly TargetSchema[], key: 'traffic' | 'metrics'): string =>
  `Default: ${targets.map(({ kind, beside: { [key]: preset } }) => `${preset ?? 'none'} on target ${kind}`).join(', ')}.`

type DeclaredEnvironment = z.output<ReturnType<typeof environmentSchema>>

/** The schema of a declaration. Input is what people write; output is the domain's `Service` with every default filled in. */
export function createDeclarationSchema(providers: ProviderSchemas) {
  return z
    .strictObject({
      kind: z.literal('Service').meta({ description: 'What this declares.' }),
      name: Name.meta({ description: 'Name of the service.' }),
      owners: z.array(Line).max(100).default([]).meta({ description: 'Teams or people who own the service.' }),
      database: Name.nullable().default(null).meta({ description: 'Protected database that the service uses.' }),
      alpha: z
        .number()
        .gt(0)
        .max(0.5)
        .default(0.01)
        .meta({ description: 'Chance that a healthy release is reverted by mistake, over the whole release.' }),
      objective: Objective.prefault({}).meta({ description: 'What counts as good, in absolute terms.' }),
      environments: z
        .array(environmentSchema(providers))
        .min(1)
        .max(20)
        .meta({ description: 'Environments of the service, in the order of a release.' }),
    })
    .superRefine((declared, ctx) => {
      const environments = listOf(memberOf(declared, 'environments')).map((one) => withDefaults(one, providers))
      const tell = telling(ctx, ['environments'])
      checkEnvironments(environments, tell)
      checkMetrics(environments, providers.metrics, tell)
      checkWeights(environments, providers.traffics, tell)
      checkPairs(environments, providers, tell)
      checkCommands(environments, providers.targets, tell)
    }, beside)
    .transform((declared): Service => {
      const objective = objectiveOf(declared.objective)
      const environments = declared.environments.map((one, index) =>
        environmentOf(withDefaults(one, providers), declared.environments[index - 1]?.name, objective),
      )
      const { name, owners, database, alpha } = declared
      return { name, owners, database, alpha, objective, environments }
    })
}

const environmentOf = (
  declared: ReturnType<typeof withDefaults<DeclaredEnvironment>>,
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
})

const afterOf = ({ after }: Pick<DeclaredEnvironment, 'after'>, before: string | undefined): readonly string[] =>
  after ?? (before === undefined ? [] : [before])

/** Names are unique, `after` names other environments of the service, and no environment waits for itself. */
function checkEnvironments(environments: readonly unknown[], tell: Tell): void {
  const names = environments.map((one) => textOf(memberOf(one, 'name')))
  names.forEach((name, index) => {
    if (name !== undefined && names.indexOf(name) !== index) tell([index, 'name'], `there are two environments named ${name}`)
  })
  environments.forEach((one, index) => {
    listOf(memberOf(one, 'after')).forEach((other, at) => {
      if (typeof other === 'string' && !names.includes(other)) tell([index, 'after', at], `there is no environment ${other}`)
    })
  })
  const done = new Set<string | undefined>()
  let left = environments.map((one, index) => {
    const others = memberOf(one, 'after')
    const after = others === undefined ? names.slice(Math.max(0, index - 1), index) : listOf(others).map(textOf)
    return { index, name: names[index], after }
  })
  for (let before = -1; left.length !== before; ) {
    before = left.length
    for (const { name, after } of left) if (after.every((other) => done.has(other) || !names.includes(other))) done.add(name)
    left = left.filter(({ name }) => !done.has(name))
  }
  for (const { index, name } of left) if (name !== undefined) tell([index, 'after'], `${name} comes after itself`)
}

/** Refuses a metric that the environment's provider does not count, because it would never have data. */
function checkMetrics(environments: readonly unknown[], providers: readonly MetricsSchema[], tell: Tell): void {
  for (const [index, environment] of environments.entries()) {
    const parsed = parsedOf(environment, 'metrics', providers)
    if (!parsed) continue
    const { provider, config } = parsed
    const counted: readonly unknown[] = provider.counts(config)
    for (const [at, metric] of listOf(memberOf(memberOf(environment, 'analysis'), 'metrics')).entries()) {
      const kind = memberOf(metric, 'kind')
      if (!metricKinds.has(kind) || counted.includes(kind)) continue
      const message = `metrics of kind ${provider.kind}, as declared, do not count '${String(kind)}': only ${counted.join(', ')}`
      tell([index, 'analysis', 'metrics', at, 'kind'], message)
    }
  }
}

/** Refuses a step above the largest weight that the environment's router can give to a canary. */
function checkWeights(environments: readonly unknown[], routers: readonly BesideSchema[], tell: Tell): void {
  for (const [index, environment] of environments.entries()) {
    const router = parsedOf(environment, 'traffic', routers)
    if (!router) continue
    const { largestWeight } = splitOf(router)
    for (const [at, step] of listOf(memberOf(memberOf(environment, 'strategy'), 'steps')).entries()) {
      const weight = numberOf(memberOf(step, 'weight'))
      // A weight of 100 or more is another fault.
      if (weight === undefined || weight <= largestWeight || weight > 99) continue
      const message = `at most ${largestWeight} where traffic is of kind ${router.provider.kind}: the canary would need more replicas than the stable version has`
      tell([index, 'strategy', 'steps', at, 'weight'], message)
    }
  }
}

/**
 * A provider with its parsed configuration. Undefined for one that is unknown or wrongly configured, which is another fault: its value is
 * then the declared one, with any value at any key, or none.
 */
function parsedOf<Schema extends BesideSchema>(environment: unknown, key: 'traffic' | 'metrics', providers: readonly Schema[]) {
  const declared = memberOf(environment, key)
  const provider = providers.find(({ kind }) => kind === memberOf(declared, 'kind'))
  const config = memberOf(declared, 'config')
  if (!provider || typeof config !== 'object' || config === null) return undefined
  return { provider, config: config as ProviderRef['config'] }
}

const metricKinds: ReadonlySet<unknown> = new Set<MetricSettings['kind']>(['errors', 'status', 'latency', 'query'])

/** JSON Schema 2020-12 of what people write. */
export const declarationJsonSchema = (schema: DeclarationSchema): Record<string, unknown> => ({
  title: 'Holdfast service declaration',
  ...(z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' }) as Record<string, unknown>),
})
