/**
 * The one file that knows OpenTelemetry's SDK. Nothing is patched when it is imported, so it does not matter in what order the process
 * imports what is traced: HTTP and SQL make their spans at their own doors (docs/adr/0007-tracing-by-hand-at-the-doors.md).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, context, propagation, trace } from '@opentelemetry/api'
import { W3CTraceContextPropagator, suppressTracing } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { IdGenerator, Sampler, SpanExporter } from '@opentelemetry/sdk-trace-node'
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  RandomIdGenerator,
  SamplingDecision,
} from '@opentelemetry/sdk-trace-node'
import {
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
  OpenTelemetryWorkflowClientInterceptor,
} from '@temporalio/interceptors-opentelemetry-v2'
import type { ActivityInterceptorsFactory } from '@temporalio/worker'
import type { WorkflowSpan } from '../../domain/trace.ts'
import { saidOnce } from './said-once.ts'
import type { CollectorAddress, Traced, Tracing, WorkflowRun } from './tracing.ts'

/** A collector that is away costs this much of a process's end, and no more; its spans are dropped, never queued without bound. */
const exportTimeoutMs = 2_000
const endTimeoutMs = 3_000
const sentEveryMs = 2_000

export function createTracing({ endpoint, headers }: CollectorAddress, { service, log, loops = [] }: Traced): Tracing {
  const ids = createIds()
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`
  const exporter: SpanExporter = saidOnce(
    new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: exportTimeoutMs }),
    log,
  )
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      'service.namespace': 'holdfast',
      'service.name': service,
      'process.pid': process.pid,
    }),
    idGenerator: ids,
    sampler: new ParentBasedSampler({ root: worthATrace }),
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: sentEveryMs })],
  })
  // Not the default, which takes baggage along: a stranger's would go on into histories and to hooks.
  provider.register({ propagator: new W3CTraceContextPropagator() })
  const calls = traceCalls()
  return {
    clientInterceptors: { workflow: [new OpenTelemetryWorkflowClientInterceptor()] },
    activityInterceptors: [tracedActivity(loops)],
    sinks: { tracing: { ended: { fn: (run, span) => keep(ids, span, run) } } },
    async end() {
      calls.disable()
      const late = new AbortController()
      const waited = sleep(endTimeoutMs, undefined, { signal: late.signal }).catch(() => {})
      await Promise.race([provider.shutdown().catch(() => {}), waited])
      late.abort()
    },
  }
}

/** What begins a trace: a request, and a workflow that nobody's request started. The rest alone is noise: sweeps, polls, probes. */
const worthATrace: Sampler = {
  shouldSample: (_context, _traceId, name, kind) => ({
    decision:
      kind === SpanKind.SERVER || name.startsWith('StartWorkflow:')
        ? SamplingDecision.RECORD_AND_SAMPLED
        : SamplingDecision.NOT_RECORD,
  }),
  toString: () => 'requests and starts',
}

/** Random ids, except where the next span's is given: a workflow's span has children before it is known here. */
function createIds(): IdGenerator & { next: string | null } {
  const random = new RandomIdGenerator()
  return {
    next: null,
    generateTraceId: random.generateTraceId,
    generateSpanId() {
      const id = this.next ?? random.generateSpanId()
      this.next = null
      return id
    },
  }
}

/** Told when it ended, and never by a replay: now is its end, and a run's beginning is Temporal's. */
function keep(ids: { next: string | null }, told: WorkflowSpan, { workflowId, runId, runStartTime }: WorkflowRun): void {
  const parent = propagation.extract(ROOT_CONTEXT, told.parent)
  const attributes = { temporalWorkflowId: workflowId, run_id: runId }
  const begun = told.id === null ? {} : { startTime: runStartTime }
  ids.next = told.id
  const span = trace.getTracer('holdfast.workflows').startSpan(told.name, { ...begun, attributes }, parent)
  ids.next = null
  if (told.failure !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: told.failure })
  span.end()
}

const tracedActivity =
  (loops: readonly string[]): ActivityInterceptorsFactory =>
  (activity) => {
    const inbound = new OpenTelemetryActivityInboundInterceptor(activity)
    const isLoop = loops.includes(activity.info.activityType)
    return {
      inbound: {
        execute: (input, next) =>
          inbound.execute(input, (its) =>
            isLoop ? context.with(suppressTracing(context.active()), () => next(its)) : next(its),
          ),
      },
      outbound: new OpenTelemetryActivityOutboundInterceptor(activity),
    }
  }

/** Calls by undici, by its diagnostics channels. Of a URL only whom it asks: paths and queries of others may hold what is secret. */
const traceCalls = (): UndiciInstrumentation =>
  new UndiciInstrumentation({
    requireParentforSpans: true,
    startSpanHook: ({ origin, path }) => {
      const shown = origin === 'http://runtime' ? (path.split('?')[0] ?? '') : ''
      return { 'url.full': `${origin}${shown}`, 'url.path': shown, 'url.query': '' }
    },
  })
