/** Whether a process has telemetry. Where it has none, nothing of the SDK is loaded. */
import { isSet } from '../config.ts'
import type { Telemetry, TelemetryOptions } from './telemetry.ts'
import type { TelemetryConfig } from './variables.ts'

const signals = ['TRACES', 'METRICS', 'LOGS'] as const

/** Call it before anything is opened that is to be traced. */
export async function startTelemetry(
  config: TelemetryConfig,
  environment: NodeJS.ProcessEnv,
  told: TelemetryOptions,
): Promise<Telemetry> {
  if (!isAsked(config, environment)) return silent
  const { createTelemetry } = await import('./sdk.ts')
  return createTelemetry(config, environment, told)
}

/** A collector is named, or an exporter is: each alone says that something is to be sent. */
function isAsked(config: TelemetryConfig, environment: NodeJS.ProcessEnv): boolean {
  if (config.OTEL_SDK_DISABLED === 'true') return false
  const isNamed =
    config.OTEL_EXPORTER_OTLP_ENDPOINT !== '' ||
    signals.some(
      (signal) =>
        config[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`] !== '' ||
        (isSet(environment, `OTEL_${signal}_EXPORTER`) && config[`OTEL_${signal}_EXPORTER`] === 'otlp'),
    )
  return isNamed && signals.some((signal) => config[`OTEL_${signal}_EXPORTER`] === 'otlp')
}

/** The sink must be there all the same: a workflow started while traces were kept goes on telling. */
const silent: Telemetry = {
  clientInterceptors: { workflow: [] },
  activityInterceptors: [],
  sinks: { tracing: { ended: { fn() {} } } },
  measure() {},
  end: async () => {},
}
