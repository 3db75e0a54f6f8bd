/**
 * OpenTelemetry's SDK reads its settings only from the environment, while it is built. For that time, this puts the parsed configuration
 * into the environment, with its defaults and with headers from a file. Afterwards it removes them, so that no child process inherits
 * them.
 */
import type { TelemetryConfig } from './variables.ts'

export function withLent<T>(environment: NodeJS.ProcessEnv, config: TelemetryConfig, build: () => T): T {
  const own = Object.keys(config).map((variable) => [variable, environment[variable]] as const)
  const set = (variable: string, value: string | undefined) => {
    if (value === undefined || value === '') delete environment[variable]
    else environment[variable] = value
  }
  for (const [variable, value] of Object.entries(config)) set(variable, value)
  // The SDK's own messages go into the log, not to its console.
  set('OTEL_LOG_LEVEL', undefined)
  try {
    return build()
  } finally {
    for (const [variable, value] of own) set(variable, value)
  }
}
