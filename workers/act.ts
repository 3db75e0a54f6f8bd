/** The worker process for quick effects. It also runs the sweeper and the pruner. */
import { createActActivities } from '../activities/registry.ts'
import { logBorne, readConfig } from '../adapters/config.ts'
import { createLog } from '../adapters/log.ts'
import { targetProviders } from '../adapters/target/index.ts'
import { startTelemetry } from '../adapters/telemetry/start-telemetry.ts'
import { taskQueues } from '../domain/temporal-names.ts'
import { actProviderSettings, openActDependencies } from './act-dependencies.ts'
import { connectionSettings, openConnections } from './connections.ts'
import { runWorker, workerSettings } from './run-worker.ts'
import { startPruner } from './pruner.ts'
import { startSweeper } from './sweeper.ts'

const config = readConfig(
  process.env,
  [...workerSettings, ...connectionSettings, 'sweepEveryMs', 'artifactAgeMs', 'artifactSpace'],
  actProviderSettings,
)
const log = createLog('act', config.logLevel)
logBorne(log, process.env, actProviderSettings)
const telemetry = await startTelemetry(config, process.env, { service: 'holdfast-act', log })
const connections = openConnections(config, 'holdfast-act', telemetry)
const sweeper = startSweeper(connections, log, config.sweepEveryMs)
const stores = targetProviders.flatMap((provider) => provider.artifacts?.(config) ?? [])
const pruner = startPruner(connections.db, stores, config, log)

await runWorker(config, {
  name: 'act',
  log,
  telemetry,
  options: {
    taskQueue: taskQueues.act,
    activities: createActActivities(openActDependencies(connections, config)),
    maxConcurrentActivityTaskExecutions: 50,
    // Four heartbeats within each timeout of 2 s, so that a worker on a busy machine does not count as dead.
    maxHeartbeatThrottleInterval: '500ms',
    defaultHeartbeatThrottleInterval: '500ms',
  },
  close: async () => {
    sweeper.stop()
    pruner.stop()
    await connections.close()
  },
})
