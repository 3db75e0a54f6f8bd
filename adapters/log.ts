/** A process's log: JSON lines on stdout, without secrets, each with its trace. */
import { TraceFlags, trace } from '@opentelemetry/api'
import type { Logger } from 'pino'
import pino from 'pino'
import type { LogDestination } from './log-destination.ts'
import { openLogDestination } from './log-destination.ts'

/** The names of members that could put a secret into a line. */
const secret = [
  'authorization',
  'cookie',
  'set-cookie',
  'token',
  'key',
  'secret',
  'password',
  'connectionString',
  // Temporal's SDK adds it to lines about an activity. It would allow a reader to complete that activity.
  'taskToken',
  'base64TaskToken',
]

const depths = ['', '*.', '*.*.']
const pathsOf = (name: string) => depths.map((above) => (name.includes('-') ? `${above.slice(0, -1)}["${name}"]` : above + name))

let standard: LogDestination | undefined
let alsoTaken: ((line: string) => void) | undefined

/** Passes every written line to `take` as well. Call the returned function to end that. */
export function alsoTo(take: (line: string) => void): () => void {
  alsoTaken = take
  return () => (alsoTaken = undefined)
}

/** Standard output, for all logs of this process. A write never blocks or ends the process. The last lines are written at its end. */
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

/** The lost lines of this process's log, and why it cannot be written now. */
export const logLosses = (): { readonly droppedLines: number; readonly fault: string | null } => ({
  droppedLines: standard?.droppedLines() ?? 0,
  fault: standard?.fault() ?? null,
})

/** @param name of the process: `api`, or a worker's */
export const createLog = (name: string, level: string, destination: pino.DestinationStream = standardOutput()): Logger =>
  pino(
    {
      name,
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      // `code` is redacted in bodies only, where it is a console link's. Elsewhere it is the code of a problem.
      redact: { paths: [...secret.flatMap(pathsOf), 'body.code', '*.body.code'], censor: '[redacted]' },
      serializers: { err: errorOf },
      mixin: tracedBy,
    },
    destination,
  )

/** Empty without a trace, or with one that is not kept. */
function tracedBy(): object {
  const span = trace.getActiveSpan()?.spanContext()
  return span && span.traceFlags & TraceFlags.SAMPLED ? { trace_id: span.traceId, span_id: span.spanId } : {}
}

/** Leaves out the properties that drivers add to errors, such as connection strings and statements with values. */
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
