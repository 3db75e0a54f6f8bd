/** A trace begins with a request, or with a workflow that no request started. OTEL_TRACES_SAMPLER says which of them are kept. */
import type { Context } from '@opentelemetry/api'
import { SpanKind, trace } from '@opentelemetry/api'
import { tracing } from '@opentelemetry/sdk-node'
import type { TelemetryConfig } from './variables.ts'

/** Drops sweeps, polls and probes whatever is set, and the calls that they make. */
export function samplerOf(config: TelemetryConfig): tracing.Sampler {
  const set = setSampler(config)
  return {
    shouldSample: (parent, traceId, name, kind, ...rest) =>
      isNoise(parent, name, kind)
        ? { decision: tracing.SamplingDecision.NOT_RECORD }
        : set.shouldSample(parent, traceId, name, kind, ...rest),
    toString: () => `requests and starts, ${set.toString()}`,
  }
}

function isNoise(context: Context, name: string, kind: SpanKind): boolean {
  const parent = trace.getSpanContext(context)
  if (!parent) return kind !== SpanKind.SERVER && !name.startsWith('StartWorkflow:')
  return parent.isRemote !== true && (parent.traceFlags & 1) === 0
}

function setSampler({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: share }: TelemetryConfig): tracing.Sampler {
  const root = name.replace('parentbased_', '')
  const sampler =
    root === 'always_off'
      ? new tracing.AlwaysOffSampler()
      : root === 'traceidratio'
        ? new tracing.TraceIdRatioBasedSampler(Number(share || 1))
        : new tracing.AlwaysOnSampler()
  return name.startsWith('parentbased_') ? new tracing.ParentBasedSampler({ root: sampler }) : sampler
}
