/** How a version gets its traffic: the declared strategy, its defaults, and how it becomes the domain's. */
import { z } from 'zod'
import type { Availability, Bake, CanaryStep, Strategy as DomainStrategy } from '../domain/plan/service.ts'
import type { Tell } from './beside.ts'
import { beside, listOf, memberOf, numberOf, telling } from './beside.ts'
import { Duration, PositiveDuration } from './duration.ts'

const Gate = z.literal('manual').nullable().meta({ description: 'manual: a person must promote.' })

const PartialBake = z.strictObject({
  min: Duration.optional().meta({ description: 'Shortest bake. Default: that of the strategy.' }),
  max: PositiveDuration.optional().meta({
    description: 'Longest bake before the step is inconclusive. Default: that of the strategy.',
  }),
})

const Step = z.strictObject({
  weight: z.int().min(1).max(99).meta({ description: 'Whole percent of the traffic. 100 is promotion and not a step.' }),
  bake: PartialBake.optional().meta({ description: 'How long this step is measured.' }),
  gate: Gate.default(null),
})

const paces = {
  progressDeadline: PositiveDuration.prefault('10m').meta({ description: 'How long a version may take to become ready.' }),
  scaleDownDelay: Duration.prefault('30s').meta({ description: 'How long the old version stays warm after the watch.' }),
}

const Canary = z.strictObject({
  kind: z.literal('canary'),
  steps: z
    .array(Step)
    .min(1)
    .max(50)
    .prefault([{ weight: 10 }, { weight: 50 }])
    .meta({ description: 'Weights on the way to promotion, ascending.' }),
  bake: z
    .strictObject({
      min: Duration.prefault('2m').meta({ description: 'Shortest bake of a step.' }),
      max: PositiveDuration.prefault('30m').meta({ description: 'Longest bake of a step before it is inconclusive.' }),
    })
    .prefault({})
    .meta({ description: 'How long each step is measured.' }),
  ...paces,
})

const BlueGreen = z.strictObject({ kind: z.literal('blue-green'), gate: Gate.default(null), ...paces })

const AvailabilityInput = z
  .union([
    z.int().min(0).max(100),
    z.string().regex(/^\d+(?:\.\d+)?%$/, 'availability is a count of replicas, or a share such as 50%'),
  ])
  .meta({
    description:
      'Replicas that stay ready at all times, as a count or as a share of the stable ones. At most the share of the others moves at a time.',
  })
  .transform(
    (value): Availability => (typeof value === 'number' ? { count: value } : { share: Number(value.slice(0, -1)) / 100 }),
  )
  .refine((value) => !('share' in value) || value.share <= 1, 'at most 100%')

const Rolling = z.strictObject({ kind: z.literal('rolling'), availability: AvailabilityInput.prefault(1), ...paces })

/** The declared strategy. Parsing keeps its shape; `strategyOf` turns it into the domain's. */
export const Strategy = z
  .discriminatedUnion('kind', [Canary, BlueGreen, Rolling])
  .superRefine((strategy, ctx) => checkSteps(strategy, telling(ctx)), beside)

type DeclaredStrategy = z.output<typeof Strategy>
type DeclaredCanary = z.output<typeof Canary>

function checkSteps(strategy: unknown, tell: Tell): void {
  // Only a canary has a bake and steps.
  const bake = memberOf(strategy, 'bake')
  if (isReversed(bake, bake)) tell(['bake', 'min'], 'min must not be longer than max')
  const steps = listOf(memberOf(strategy, 'steps'))
  const weights = steps.flatMap((step, index) => {
    const weight = numberOf(memberOf(step, 'weight'))
    return weight === undefined ? [] : [{ index, weight }]
  })
  weights.forEach(({ index, weight }, i) => {
    const before = weights[i - 1]?.weight ?? Number.NaN
    if (weight <= before) tell(['steps', index, 'weight'], `weights must rise: ${weight} after ${before}`)
  })
  steps.forEach((step, index) => {
    const own = memberOf(step, 'bake')
    if (own !== undefined && isReversed(own, bake)) tell(['steps', index, 'bake'], 'min must not be longer than max')
  })
}

/**
 * Whether the shortest bake is longer than the longest. A step without one has the strategy's. A bake that is no number is another fault:
 * NaN skips the comparison.
 */
function isReversed(bake: unknown, preset: unknown): boolean {
  const of = (key: string) => numberOf(memberOf(bake, key) ?? memberOf(preset, key)) ?? Number.NaN
  return of('min') > of('max')
}

const bakeOf = (strategy: DeclaredCanary, bake: z.output<typeof PartialBake> | undefined): Bake => ({
  minMs: bake?.min ?? strategy.bake.min,
  maxMs: bake?.max ?? strategy.bake.max,
})

/** The domain's strategy, in which every step has a bake of its own. */
export function strategyOf(strategy: DeclaredStrategy): DomainStrategy {
  const pace = { progressDeadlineMs: strategy.progressDeadline, scaleDownDelayMs: strategy.scaleDownDelay }
  switch (strategy.kind) {
    case 'canary': {
      const steps = strategy.steps.map(({ weight, bake, gate }): CanaryStep => ({ weight, bake: bakeOf(strategy, bake), gate }))
      return { kind: 'canary', steps, ...pace }
    }
    case 'blue-green':
      return { kind: 'blue-green', gate: strategy.gate, ...pace }
    case 'rolling':
      return { kind: 'rolling', availability: strategy.availability, ...pace }
  }
}
