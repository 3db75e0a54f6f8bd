/** `{ kind: local, ... }` in a declaration: the kind picks the provider, the rest is parsed by the provider's own schema. */
import { z } from 'zod'
import type { MetricSettings, ProviderRef } from '../domain/plan/service.ts'
import { faultText } from './fault-text.ts'
import { nearest } from './nearest.ts'

/** What the declaration needs to know of a provider: its name and the schema of its own keys, an object that refuses others. */
export interface ProviderSchema {
  readonly kind: string
  readonly config: z.ZodType<Record<string, unknown>>
}

/** A metrics provider also says which kinds of declared metrics it counts, as its parsed configuration has it. */
export interface MetricsSchema extends ProviderSchema {
  counts(config: Readonly<Record<string, unknown>>): readonly MetricSettings['kind'][]
}

/** Parses to the domain's `ProviderRef`; an unknown kind or key is an error. */
export function providerSchema(providers: readonly ProviderSchema[], description: string) {
  const schema = z.looseObject({ kind: z.string() }).transform((declared, ctx): ProviderRef => {
    const { kind, ...rest } = declared
    const provider = providers.find((one) => one.kind === kind)
    if (!provider) return refuseKind(ctx, kind, providers)
    const parsed = provider.config.safeParse(rest, { error: faultText })
    if (parsed.success) return { kind, config: parsed.data }
    // The provider's issues are issues of the declaration: paths are completed on the way out.
    ctx.issues.push(...parsed.error.issues.map((issue) => ({ ...issue, input: rest }) as z.core.$ZodRawIssue))
    return z.NEVER
  })
  // Not through meta(): that makes a copy, and the copy's origin would be asked for a JSON Schema again.
  schema._zod.toJSONSchema = () => ({ description, anyOf: providers.map(jsonSchemaOf) })
  return schema
}

function refuseKind(ctx: z.RefinementCtx, kind: string, providers: readonly ProviderSchema[]): never {
  const known = providers.map((one) => one.kind)
  const near = nearest(kind, known)
  const hint = near === undefined ? `one of: ${known.join(', ')}` : `did you mean '${near}'?`
  ctx.issues.push({ code: 'custom', path: ['kind'], message: `there is no '${kind}': ${hint}`, input: kind })
  return z.NEVER
}

function jsonSchemaOf({ kind, config }: ProviderSchema): z.core.JSONSchema.BaseSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(config, { io: 'input', target: 'draft-2020-12' })
  return {
    ...schema,
    properties: { kind: { type: 'string', const: kind }, ...schema.properties },
    required: ['kind', ...(schema.required ?? [])],
    additionalProperties: false,
  }
}
