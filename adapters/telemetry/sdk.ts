/**
 * Builds OpenTelemetry's SDK. It patches no module, so the order of imports does not matter. HTTP and SQL make their spans at their own
 * interfaces (docs/adr/0007-opentelemetry-at-our-own-interfaces.md).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { DiagLogger } from '@opentelemetry/api'
import { DiagLogLevel, ROOT_CONTEXT, SpanStatusCode, context, diag, propagation, trace } from '@opentelemetry/api'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { NodeSDK, core, logs, metrics, resources, tracing } from '@opentelemetry/sdk-node'
import {
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
  OpenTelemetryWorkflowClientInterceptor,
} from '@temporalio/interceptors-opentelemetry-v2'
import type { ActivityInterceptorsFactory } from '@temporalio/worker'
import type { Logger } from 'pino'
import type { WorkflowSpan } from '../../domain/trace.ts'
import { alsoTo } from '../log.ts'
import { exportersOf } from './exporters.ts'
import { withLent } from './lent-environment.ts'
import { sendLine } from './log-bridge.ts'
import { createMetricsBridge } from './metrics-bridge.ts'
import { logOnce } from './log-once.ts'
import { samplerOf } from './sampler.ts'
import type { Telemetry, TelemetryOptions, WorkflowRun } from './telemetry.ts'
import type { TelemetryConfig } from './variables.ts'

/**
 * A collector that is away delays the end of a process by this much at most. Data that waits for it is dropped, not queued without bound.
 */
const endTimeoutMs = 3_000

export function createTelemetry(
  config: TelemetryConfig,
  environment: NodeJS.ProcessEnv,
  { service, log, loops = [] }: TelemetryOptions,
): Telemetry {
  const ids = createIds()
  const calls = traceCalls()
  const measured = { read: async () => '' }
  diag.setLogger(saying(log), { logLevel: DiagLogLevel[(config.OTEL_LOG_LEVEL || 'NONE') as keyof typeof DiagLogLevel] })
  const sdk = withLent(environment, config, () => {
    const built = new NodeSDK({
      resource: resources
        .defaultResource()
        .merge(resources.resourceFromAttributes({ 'service.namespace': 'holdfast', 'service.name': service })),
      idGenerator: ids,
      sampler: samplerOf(config),
      instrumentations: [calls],
      ...processorsOf(config, () => measured.read(), log),
    })
    built.start()
    return built
  })
  const stopSending = config.OTEL_LOGS_EXPORTER === 'otlp' ? alsoTo(sendLine) : () => {}
  return {
    clientInterceptors: { workflow: [new OpenTelemetryWorkflowClientInterceptor()] },
    activityInterceptors: [tracedActivity(loops)],
    sinks: { tracing: { ended: { fn: (run, span) => keep(ids, span, run) } } },
    measure(read) {
      measured.read = read
    },
    async end() {
      stopSending()
      calls.disable()
      const late = new AbortController()
      const waited = sleep(endTimeoutMs, undefined, { signal: late.signal }).catch(() => {})
      await Promise.race([sdk.shutdown().catch(() => {}), waited])
      late.abort()
    },
  }
}

/** A processor for each signal that is sent. The SDK itself batches traces. */
function processorsOf(config: TelemetryConfig, read: () => Promise<string>, log: Logger) {
  const traces = exportersOf(config, 'TRACES').map((exporter) => logOnce(exporter, 'traces', log))
  const interval = Number(config.OTEL_METRIC_EXPORT_INTERVAL)
  return {
    ...(traces[0] ? { traceExporter: traces[0] } : { spanProcessors: [] }),
    metricReaders: exportersOf(config, 'METRICS').map(
      (exporter) =>
        new metrics.PeriodicExportingMetricReader({
          exporter: logOnce(exporter, 'metrics', log),
          metricProducers: [createMetricsBridge(read)],
          exportIntervalMillis: interval,
          exportTimeoutMillis: Math.min(interval, Number(config.OTEL_METRIC_EXPORT_TIMEOUT)),
        }),
    ),
    logRecordProcessors: exportersOf(config, 'LOGS').map(
      (exporter) =>
        new logs.BatchLogRecordProcessor({
          exporter: logOnce(exporter, 'log lines', log),
          scheduledDelayMillis: Number(config.OTEL_BLRP_SCHEDULE_DELAY),
          exportTimeoutMillis: Number(config.OTEL_BLRP_EXPORT_TIMEOUT),
          maxQueueSize: Number(config.OTEL_BLRP_MAX_QUEUE_SIZE),
          maxExportBatchSize: Number(config.OTEL_BLRP_MAX_EXPORT_BATCH_SIZE),
        }),
    ),
  }
}

/** Writes the SDK's own messages into the log. */
const saying = (log: Logger): DiagLogger => ({
  error: (message) => log.error({ of: 'opentelemetry' }, message),
  warn: (message) => log.warn({ of: 'opentelemetry' }, message),
  info: (message) => log.info({ of: 'opentelemetry' }, message),
  debug: (message) => log.debug({ of: 'opentelemetry' }, message),
  verbose: (message) => log.trace({ of: 'opentelemetry' }, message),
})

/** Random ids, except when the id of the next span is set: a workflow's span has children before it reaches this process. */
function createIds(): tracing.IdGenerator & { next: string | null } {
  const random = new tracing.RandomIdGenerator()
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

/** Called when a run has ended, and never by a replay. The span ends now, and begins at the run's start, which Temporal gives. */
function keep(ids: { next: string | null }, ended: WorkflowSpan, { workflowId, runId, runStartTime }: WorkflowRun): void {
  const parent = propagation.extract(ROOT_CONTEXT, ended.parent)
  const attributes = { temporalWorkflowId: workflowId, run_id: runId }
  const begun = ended.id === null ? {} : { startTime: runStartTime }
  ids.next = ended.id
  const span = trace.getTracer('holdfast.workflows').startSpan(ended.name, { ...begun, attributes }, parent)
  ids.next = null
  if (ended.failure !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: ended.failure })
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
            isLoop ? context.with(core.suppressTracing(context.active()), () => next(its)) : next(its),
          ),
      },
      outbound: new OpenTelemetryActivityOutboundInterceptor(activity),
    }
  }

/**
 * Traces calls by undici, from its diagnostics channels. The span has only the host of a URL, because paths and queries may have secrets.
 */
const traceCalls = (): UndiciInstrumentation =>
  new UndiciInstrumentation({
    requireParentforSpans: true,
    startSpanHook: ({ origin, path }) => {
      const shown = origin === 'http://runtime' ? (path.split('?')[0] ?? '') : ''
      return { 'url.full': `${origin}${shown}`, 'url.path': shown, 'url.query': '' }
    },
  })
