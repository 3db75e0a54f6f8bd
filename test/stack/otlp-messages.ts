/** Decodes OTLP's protobuf: the fields that tests read, by the numbers of opentelemetry-proto 1.x. */
import protobuf from 'protobufjs'

const proto = `
syntax = "proto3";
message Any { oneof value { string stringValue = 1; bool boolValue = 2; int64 intValue = 3; double doubleValue = 4; List arrayValue = 5; Map kvlistValue = 6; bytes bytesValue = 7; } }
message List { repeated Any values = 1; }
message Map { repeated Pair values = 1; }
message Pair { string key = 1; Any value = 2; }
message Resource { repeated Pair attributes = 1; }
message Span { bytes traceId = 1; bytes spanId = 2; bytes parentSpanId = 4; string name = 5; repeated Pair attributes = 9; }
message ScopeSpans { repeated Span spans = 2; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopeSpans = 2; }
message Number { repeated Pair attributes = 7; oneof value { double asDouble = 4; sfixed64 asInt = 6; } }
message Gauge { repeated Number dataPoints = 1; }
message Sum { repeated Number dataPoints = 1; int32 aggregationTemporality = 2; bool isMonotonic = 3; }
message Bucketed { repeated Pair attributes = 9; fixed64 count = 4; double sum = 5; repeated fixed64 bucketCounts = 6; repeated double explicitBounds = 7; }
message Histogram { repeated Bucketed dataPoints = 1; }
message Metric { string name = 1; string description = 2; oneof data { Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9; } }
message ScopeMetrics { repeated Metric metrics = 2; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scopeMetrics = 2; }
message LogRecord { int32 severityNumber = 2; string severityText = 3; Any body = 5; repeated Pair attributes = 6; bytes traceId = 9; bytes spanId = 10; }
message ScopeLogs { repeated LogRecord logRecords = 2; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scopeLogs = 2; }
message traces { repeated ResourceSpans resourceSpans = 1; }
message metrics { repeated ResourceMetrics resourceMetrics = 1; }
message logs { repeated ResourceLogs resourceLogs = 1; }
`
const { root } = protobuf.parse(proto)

export type Signal = 'traces' | 'metrics' | 'logs'

/** Decodes a message into the shape of OTLP/JSON. */
export const decodeOtlp = (signal: Signal, body: Buffer): unknown =>
  hexed(root.lookupType(signal).toObject(root.lookupType(signal).decode(body), { longs: Number, bytes: Array, arrays: true }))

/** Ids are hexadecimal in OTLP/JSON. */
function hexed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hexed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      /^(trace|span|parentSpan)Id$/.test(key) ? Buffer.from(each as number[]).toString('hex') : hexed(each),
    ]),
  )
}
