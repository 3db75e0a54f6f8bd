/**
 * OpenTelemetry's SDK reads its settings from the environment and from nowhere else, while it is built. For that long the environment says
 * what the configuration does: its defaults, and headers that a file has. Afterwards no child process can inherit them.
 */
import type { TelemetryConfig } from './variables.ts'

export function withLent<T>(environment: NodeJS.ProcessEnv, config: TelemetryConfig, build: () => T): T {
  const own = Object.keys(config).map((variable) => [variable, environment[variable]] as const)
  const set = (variable: string, value: string | undefined) => {
    if (value === undefined || value === '') delete environment[variable]
    else environment[variable] = value
  }
  for (const [variable, value] of Object.entries(config)) set(variable, value)
  // What it says of itself goes into the log, not to its own console.
  set('OTEL_LOG_LEVEL', undefined)
  try {
    return build()
  } finally {
    for (const [variable, value] of own) set(variable, value)
  }
}
