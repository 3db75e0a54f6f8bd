/** A process's log: JSON lines on stdout, in which no secret can stand, each with the trace that it was written in. */
import { TraceFlags, trace } from '@opentelemetry/api'
import type { Logger } from 'pino'
import pino from 'pino'
import type { LogDestination } from './log-destination.ts'
import { openLogDestination } from './log-destination.ts'

/** Names under which a secret could come into a line. */
const secret = [
  'authorization',
  'cookie',
  'set-cookie',
  'token',
  'key',
  'secret',
  'password',
  'connectionString',
  // Temporal's SDK hangs it on what it says of an activity: whoever has it can end that activity.
  'taskToken',
  'base64TaskToken',
]

const depths = ['', '*.', '*.*.']
const pathsOf = (name: string) => depths.map((above) => (name.includes('-') ? `${above.slice(0, -1)}["${name}"]` : above + name))

let standard: LogDestination | undefined
let alsoTaken: ((line: string) => void) | undefined

/** Gives every line, as it is written, to somebody else as well; the answer ends that. */
export function alsoTo(take: (line: string) => void): () => void {
  alsoTaken = take
  return () => (alsoTaken = undefined)
}

/** Standard output, as all logs of this process go there. Writing never blocks nor ends it; its last words are written at its end. */
function standardOutput(): LogDestination {
  if (standard) return standard
  const opened = openLogDestination(1, (lines) => {
    const about = { level: 40, time: new Date().toISOString(), pid: process.pid, lines, msg: 'lines could not be written' }
    return `${JSON.stringify(about)}\n`
  })
  process.once('exit', () => opened.flushSync())
  return (standard = {
    ...opened,
    write(line) {
      opened.write(line)
      alsoTaken?.(line)
    },
  })
}

/** Of this process's log: lines that were lost, and why none can be written now. */
export const logLosses = (): { readonly droppedLines: number; readonly fault: string | null } => ({
  droppedLines: standard?.droppedLines() ?? 0,
  fault: standard?.fault() ?? null,
})

/** @param name the process: `api`, or a worker's */
export const createLog = (name: string, level: string, destination: pino.DestinationStream = standardOutput()): Logger =>
  pino(
    {
      name,
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      // `code` alone is a problem's; in a body it is a console link's.
      redact: { paths: [...secret.flatMap(pathsOf), 'body.code', '*.body.code'], censor: '[redacted]' },
      serializers: { err: errorOf },
      mixin: tracedBy,
    },
    destination,
  )

/** Nothing where there is no trace, or one that is not kept. */
function tracedBy(): object {
  const span = trace.getActiveSpan()?.spanContext()
  return span && span.traceFlags & TraceFlags.SAMPLED ? { trace_id: span.traceId, span_id: span.spanId } : {}
}

/** Never the properties that drivers hang on errors: connection strings, statements with values. */
function errorOf(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, message, stack, cause } = error
  const code = (error as { code?: unknown }).code
  return {
    type: name,
    message,
    stack,
    ...(code === undefined ? {} : { code }),
    ...(cause === undefined ? {} : { cause: errorOf(cause) }),
  }
}
