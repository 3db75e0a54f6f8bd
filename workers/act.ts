/** Worker process for quick effects, and for the sweeper. */
import { createActActivities } from '../activities/registry.ts'
import { readConfig } from '../adapters/config.ts'
import { doorSettings, openDoors } from './doors.ts'
import { createLog, runWorker, workerSettings } from './run-worker.ts'
import { startSweeper } from './sweeper.ts'

const config = readConfig(process.env, [...workerSettings, ...doorSettings])
const log = createLog('act', config.logLevel)
const opened = await openDoors(config, 'holdfast-act')
const sweeper = startSweeper(opened, log)

await runWorker(config, {
  name: 'act',
  log,
  options: { taskQueue: 'act', activities: createActActivities(opened.doors), maxConcurrentActivityTaskExecutions: 50 },
  close: async () => {
    sweeper.stop()
    await opened.close()
  },
})
