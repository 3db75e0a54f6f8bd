/** Worker process for workflows: decides, touches nothing. */
import { bundleWorkflowCode } from '@temporalio/worker'
import { join } from 'node:path'
import { readConfig } from '../adapters/config.ts'
import { createLog, runWorker, workerSettings } from './run-worker.ts'

const config = readConfig(process.env, [...workerSettings, 'workflowBundle'])
const log = createLog('control', config.logLevel)

const workflowBundle = config.workflowBundle
  ? { codePath: config.workflowBundle }
  : await bundleWorkflowCode({ workflowsPath: join(import.meta.dirname, '../workflows/index.ts') })

await runWorker(config, {
  name: 'control',
  log,
  options: {
    taskQueue: 'control',
    workflowBundle,
    // After a crash a sticky task would wait ten seconds for its dead worker, and an abort with it.
    stickyQueueScheduleToStartTimeout: '1s',
  },
  close: async () => {},
})
