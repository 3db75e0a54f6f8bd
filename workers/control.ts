/** The worker process for workflows. Workflows only decide; they change no other system. */
import { bundleWorkflowCode } from '@temporalio/worker'
import { join } from 'node:path'
import { readConfig } from '../adapters/config.ts'
import { createLog } from '../adapters/log.ts'
import { startTelemetry } from '../adapters/telemetry/start-telemetry.ts'
import { taskQueues } from '../domain/temporal-names.ts'
import { workflowSources } from '../adapters/temporal/workflow-sources.ts'
import { runWorker, workerSettings } from './run-worker.ts'

const config = readConfig(process.env, [...workerSettings, 'workflowBundle'])
const log = createLog('control', config.logLevel)
const telemetry = await startTelemetry(config, process.env, { service: 'holdfast-control', log })

const workflowBundle = config.workflowBundle
  ? { codePath: config.workflowBundle }
  : await bundleWorkflowCode(workflowSources(join(import.meta.dirname, '..')))

await runWorker(config, {
  name: 'control',
  log,
  telemetry,
  options: {
    taskQueue: taskQueues.control,
    workflowBundle,
    // By default, a sticky task and an abort in it wait ten seconds for a dead worker.
    stickyQueueScheduleToStartTimeout: '1s',
    // After a start, every workflow is replayed from its beginning, and each task must end within its time (domain/task-time.ts).
    maxConcurrentWorkflowTaskExecutions: 20,
  },
  close: async () => {},
})
