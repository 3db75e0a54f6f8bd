/** Whether a process is traced. Where it is not, nothing of the SDK is loaded. */
import type { Config } from '../config.ts'
import type { Traced, Tracing } from './tracing.ts'

export const tracingSettings = ['telemetryEndpoint', 'telemetryHeaders'] as const

/** Call it before anything is opened that is to be traced. */
export async function startTracing(config: Config<(typeof tracingSettings)[number]>, traced: Traced): Promise<Tracing> {
  if (config.telemetryEndpoint === '') return untraced
  const { createTracing } = await import('./sdk.ts')
  return createTracing({ endpoint: config.telemetryEndpoint, headers: config.telemetryHeaders }, traced)
}

/** The sink must be there all the same: a workflow started while traces were kept goes on telling. */
const untraced: Tracing = {
  clientInterceptors: { workflow: [] },
  activityInterceptors: [],
  sinks: { tracing: { ended: { fn() {} } } },
  end: async () => {},
}
