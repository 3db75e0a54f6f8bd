/** `{ kind: local, ... }` in a declaration. The kind selects the provider, whose own schema parses the rest. */
import { z } from 'zod'
import type { MetricSettings, ProviderRef } from '../domain/plan/service.ts'
import { faultText } from './fault-text.ts'
import { nearest } from './nearest.ts'

/** The part of a provider that the declaration needs: its kind, and the schema of its own keys, which refuses others. */
export interface ProviderSchema {
  readonly kind: string
  readonly config: z.ZodType<Record<string, unknown>>
}

/** A target also says what it runs, and which kinds an environment has that declares no router or no metrics provider. */
export interface TargetSchema extends ProviderSchema {
  readonly runs: 'files' | 'images'
  readonly beside: { readonly traffic: string; readonly metrics: string | null }
}

/** A router or a metrics provider may work beside some kinds of target only. */
export interface BesideSchema extends ProviderSchema {
  readonly targets?: readonly string[]
}

/** A metrics provider also names the kinds of declared metrics that it counts under a parsed configuration. */
export interface MetricsSchema extends BesideSchema {
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
    // The provider's issues become issues of the declaration. zod completes their paths.
    ctx.issues.push(...parsed.error.issues.map((issue) => ({ ...issue, input: rest }) as z.core.$ZodRawIssue))
    return z.NEVER
  })
  // Not through meta(), which makes a copy: zod would then ask the original for its JSON Schema.
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
