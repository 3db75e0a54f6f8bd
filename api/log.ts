/** The process's log: JSON lines on stdout, in which no secret can stand. */
import type { Logger } from 'pino'
import pino from 'pino'

/** Names under which a secret could come into a line. */
const secret = ['authorization', 'cookie', 'set-cookie', 'token', 'key', 'code', 'secret', 'password', 'connectionString']

export const createLog = (level: string, destination?: pino.DestinationStream): Logger =>
  pino(
    {
      name: 'api',
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: secret.flatMap((name) =>
          name.includes('-') ? [`["${name}"]`, `*["${name}"]`] : [`*.${name}`, `headers.${name}`],
        ),
        censor: '[redacted]',
      },
      serializers: { err: errorOf },
    },
    ...(destination ? [destination] : []),
  )

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
