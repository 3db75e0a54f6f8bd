/** The worker process for activities that loop or wait for another system. */
import { createLoopingActivities } from '../activities/registry.ts'
import { logBorne, readConfig } from '../adapters/config.ts'
import { createLog } from '../adapters/log.ts'
import { startTelemetry } from '../adapters/telemetry/start-telemetry.ts'
import { taskQueues } from '../domain/temporal-names.ts'
import { analysisProviderSettings, openAnalysisDependencies } from './analysis-dependencies.ts'
import { connectionSettings, openConnections } from './connections.ts'
import { runWorker, workerSettings } from './run-worker.ts'

const config = readConfig(
  process.env,
  [...workerSettings, ...connectionSettings, 'analysisSlots', 'hookHosts'],
  analysisProviderSettings,
)
const log = createLog('analysis', config.logLevel)
logBorne(log, process.env, analysisProviderSettings)
const telemetry = await startTelemetry(config, process.env, { service: 'holdfast-analysis', log, loops: ['analyse'] })
const connections = openConnections(config, 'holdfast-analysis', telemetry)

await runWorker(config, {
  name: 'analysis',
  log,
  telemetry,
  options: {
    taskQueue: taskQueues.analysis,
    activities: createLoopingActivities(openAnalysisDependencies(connections, config, config.hookHosts)),
    maxConcurrentActivityTaskExecutions: config.analysisSlots,
    // Heartbeats are sent often enough for a timeout of two seconds. Without them, Temporal gives the analysis to another worker.
    maxHeartbeatThrottleInterval: '500ms',
    defaultHeartbeatThrottleInterval: '500ms',
    // Activities end at once, so that the next attempt continues within seconds.
    shutdownGraceTime: 0,
  },
  close: () => connections.close(),
})
