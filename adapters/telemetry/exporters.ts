/** The exporter of each signal, by protocol. Exporters read address, headers and timeout from the environment. */
import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc'
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPLogExporter as ProtobufLogs } from '@opentelemetry/exporter-logs-otlp-proto'
import { OTLPMetricExporter as GrpcMetrics } from '@opentelemetry/exporter-metrics-otlp-grpc'
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPMetricExporter as ProtobufMetrics } from '@opentelemetry/exporter-metrics-otlp-proto'
import { OTLPTraceExporter as GrpcTraces } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufTraces } from '@opentelemetry/exporter-trace-otlp-proto'
import type { TelemetryConfig } from './variables.ts'

const exporters = {
  TRACES: {
    'http/protobuf': () => new ProtobufTraces(),
    'http/json': () => new JsonTraces(),
    grpc: () => new GrpcTraces(),
  },
  METRICS: {
    'http/protobuf': () => new ProtobufMetrics(),
    'http/json': () => new JsonMetrics(),
    grpc: () => new GrpcMetrics(),
  },
  LOGS: {
    'http/protobuf': () => new ProtobufLogs(),
    'http/json': () => new JsonLogs(),
    grpc: () => new GrpcLogs(),
  },
} as const

export type Signal = keyof typeof exporters
type Protocol = keyof (typeof exporters)[Signal]

/** None when the signal is not to be sent. */
export function exportersOf<S extends Signal>(config: TelemetryConfig, signal: S): ReturnType<(typeof exporters)[S][Protocol]>[] {
  if (config[`OTEL_${signal}_EXPORTER`] !== 'otlp') return []
  const protocol = config[`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`] || config.OTEL_EXPORTER_OTLP_PROTOCOL || 'http/protobuf'
  return [exporters[signal][protocol as Protocol]() as ReturnType<(typeof exporters)[S][Protocol]>]
}
