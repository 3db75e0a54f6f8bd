/** Turns a written log line into an OpenTelemetry record, so that what the log redacts is redacted here too. */
import { ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api'
import type { AnyValueMap, LogRecord } from '@opentelemetry/api-logs'
import { logs } from '@opentelemetry/api-logs'

interface Line extends AnyValueMap {
  readonly time: string
  readonly level: number
  readonly msg?: string
  readonly trace_id?: string
  readonly span_id?: string
  readonly err?: AnyValueMap
}

const levels: Readonly<Record<number, string>> = { 10: 'TRACE', 20: 'DEBUG', 30: 'INFO', 40: 'WARN', 50: 'ERROR', 60: 'FATAL' }

export const sendLine = (line: string): void => logs.getLogger('holdfast').emit(recordOf(JSON.parse(line) as Line))

function recordOf({ time, level, msg, trace_id: traceId, span_id: spanId, pid: _pid, err, ...rest }: Line): LogRecord {
  const { type, message, stack, ...more } = err ?? {}
  const exception = { 'exception.type': type, 'exception.message': message, 'exception.stacktrace': stack }
  return {
    timestamp: new Date(time),
    // Pino's levels are ten apart and OpenTelemetry's four. Both begin with trace.
    severityNumber: Math.round(level / 10) * 4 - 3,
    severityText: levels[level] ?? String(level),
    body: msg ?? '',
    attributes: { ...rest, ...(err ? exception : {}), ...(Object.keys(more).length > 0 ? { err: more } : {}) },
    context:
      traceId && spanId ? trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED }) : ROOT_CONTEXT,
  }
}
