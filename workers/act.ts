/** Worker process for quick effects, and for the sweeper. */
import { createActActivities } from '../activities/registry.ts'
import { readConfig } from '../adapters/config.ts'
import { createLog } from '../adapters/log.ts'
import { startTracing } from '../adapters/telemetry/start-tracing.ts'
import { doorSettings, openDoors } from './doors.ts'
import { runWorker, workerSettings } from './run-worker.ts'
import { startPruner } from './pruner.ts'
import { startSweeper } from './sweeper.ts'

const config = readConfig(process.env, [...workerSettings, ...doorSettings, 'sweepEveryMs', 'artifactAgeMs', 'artifactSpace'])
const log = createLog('act', config.logLevel)
const tracing = await startTracing(config, { service: 'holdfast-act', log })
const opened = await openDoors(config, 'holdfast-act', tracing)
const sweeper = startSweeper(opened, log, config.sweepEveryMs)
const pruner = startPruner(opened.db, config, log)

await runWorker(config, {
  name: 'act',
  log,
  tracing,
  options: {
    taskQueue: 'act',
    activities: createActActivities(opened.doors),
    maxConcurrentActivityTaskExecutions: 50,
    // Four for each that must not be lost: a busy machine is no dead worker.
    maxHeartbeatThrottleInterval: '500ms',
    defaultHeartbeatThrottleInterval: '500ms',
  },
  close: async () => {
    sweeper.stop()
    await pruner.stop()
    await opened.close()
  },
})
