/** Starts telemetry if the settings ask for it. Without it, the SDK is not loaded. */
import { isSet } from '../config.ts'
import type { Telemetry, TelemetryOptions } from './telemetry.ts'
import type { TelemetryConfig } from './variables.ts'

const signals = ['TRACES', 'METRICS', 'LOGS'] as const

/** Call it before anything that is to be traced is opened. */
export async function startTelemetry(
  config: TelemetryConfig,
  environment: NodeJS.ProcessEnv,
  options: TelemetryOptions,
): Promise<Telemetry> {
  if (!isAsked(config, environment)) return silent
  const { createTelemetry } = await import('./sdk.ts')
  return createTelemetry(config, environment, options)
}

/** Telemetry is on when a collector or an exporter is set. */
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

/** It still needs the sink, because a workflow that started while telemetry was on keeps reporting its spans. */
const silent: Telemetry = {
  clientInterceptors: { workflow: [] },
  activityInterceptors: [],
  sinks: { tracing: { ended: { fn() {} } } },
  measure() {},
  end: async () => {},
}
