/**
 * What every worker process does: connect, serve metrics, work, and drain on SIGTERM. It retries the first connection itself, because
 * Temporal's SDK does not.
 */
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkerOptions } from '@temporalio/worker'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import type { Logger as Log } from 'pino'
import { Registry, collectDefaultMetrics } from 'prom-client'
import { measureLog } from '../adapters/log-metrics.ts'
import type { Config } from '../adapters/config.ts'
import { telemetrySettings } from '../adapters/telemetry/variables.ts'
import type { Telemetry } from '../adapters/telemetry/telemetry.ts'
import { codecOf } from '../adapters/temporal/codec.ts'
import { ProblemInterceptor } from '../adapters/temporal/problems.ts'
import { freePort } from '../adapters/free-port.ts'
import type { Drain } from '../adapters/server-drain.ts'
import { drainOf } from '../adapters/server-drain.ts'

export const workerSettings = [
  'temporalAddress',
  'temporalNamespace',
  'metricsPort',
  'logLevel',
  'payloadKeys',
  ...telemetrySettings,
] as const
export type WorkerConfig = Config<(typeof workerSettings)[number]>

export interface Work {
  readonly name: string
  readonly options: Omit<WorkerOptions, 'connection' | 'namespace' | 'interceptors' | 'sinks'>
  readonly log: Log
  readonly telemetry: Telemetry
  /** Called when the work has ended. */
  readonly close: () => Promise<void>
}

/** Runs until SIGTERM or SIGINT, then lets activities and tasks in flight end. */
export async function runWorker(config: WorkerConfig, { name, options, log, telemetry, close }: Work): Promise<void> {
  const corePort = await freePort()
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) =>
      log[level === 'ERROR' ? 'error' : 'warn']({ ...meta }, message),
    ),
    telemetryOptions: { metrics: { prometheus: { bindAddress: `127.0.0.1:${corePort}` } } },
    shutdownSignals: ['SIGTERM', 'SIGINT'],
  })
  const connection = await connected(config, log)
  const worker = await Worker.create({
    shutdownGraceTime: '5s',
    shutdownForceTime: '10s',
    maxCachedWorkflows: 300,
    interceptors: { activity: [...telemetry.activityInterceptors, () => ({ inbound: new ProblemInterceptor() })] },
    sinks: { ...telemetry.sinks },
    ...options,
    ...codecOf(config.payloadKeys),
    connection,
    namespace: config.temporalNamespace,
  })
  const metrics = await serveMetrics(name, config.metricsPort, corePort, telemetry, () => worker.getState())
  log.info({ metricsPort: metrics.port, taskQueue: options.taskQueue }, 'working')
  try {
    await worker.run()
  } finally {
    await metrics.drain(scrapeMs)
    await telemetry.end()
    await connection.close()
    await close()
    log.info('ended')
  }
}

/** The time that a scrape in progress may still take when the worker ends. */
const scrapeMs = 1_000

async function connected({ temporalAddress }: WorkerConfig, log: Log): Promise<NativeConnection> {
  for (;;) {
    try {
      return await NativeConnection.connect({ address: temporalAddress })
    } catch (error) {
      log.warn({ err: error }, 'Temporal does not answer yet')
      await sleep(1_000)
    }
  }
}

/** Serves the worker's metrics together with those of Temporal's core, which has a port of its own. */
async function serveMetrics(
  name: string,
  port: number,
  corePort: number,
  telemetry: Telemetry,
  state: () => string,
): Promise<{ port: number; drain: Drain }> {
  const registry = new Registry()
  registry.setDefaultLabels({ worker: name })
  collectDefaultMetrics({ register: registry })
  measureLog(registry)
  const joined = async (): Promise<string> => {
    const core = await fetch(`http://127.0.0.1:${corePort}/metrics`).then(
      (answer) => answer.text(),
      () => '',
    )
    return `${await registry.metrics()}\n${core}`
  }
  telemetry.measure(joined)
  const server = createServer((request, response) => {
    if (request.url === '/metrics') {
      void joined().then((text) => response.setHeader('content-type', registry.contentType).end(text))
      return
    }
    const live = request.url === '/livez' || (request.url === '/readyz' && state() === 'RUNNING')
    response.writeHead(live ? 200 : 503).end()
  })
  const drain = drainOf(server)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  const { port: bound } = server.address() as { port: number }
  return { port: bound, drain }
}
