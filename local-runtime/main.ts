/** The local runtime's process: services, their proxies and their counters. It is separate from the control plane and outlives it. */
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { instanceHeader } from '../adapters/local-runtime/protocol.ts'
import { openUsersFolder, readUsers } from '../adapters/process/users.ts'
import { settings } from '../adapters/settings.ts'
import { Problem } from '../domain/problem.ts'
import { readAllCounters } from './all-counters.ts'
import { openControlServer } from './control-server.ts'
import { prometheusText } from './proxy/proxy.ts'
import type { RunningEnvironment } from './running-environment.ts'
import type { OtherUsers } from './runtime.ts'
import { openRuntime } from './runtime.ts'
import { openSecrets } from './secrets.ts'
import { defaultLimits } from './store.ts'

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    socket: { type: 'string' },
    'first-port': { type: 'string', default: '7500' },
    'metrics-port': { type: 'string', default: settings.runtimeMetricsPort.preset },
    secrets: { type: 'string' },
    'artifact-limit': { type: 'string', default: settings.artifactLimit.preset },
    'services-user': { type: 'string', default: settings.servicesUser.preset },
    'services-folder': { type: 'string' },
  },
})
// The starter passes its settings as arguments. The same schemas check them.
const firstPort = settings.port.schema.safeParse(values['first-port']).data ?? 0
const metricsPort = settings.runtimeMetricsPort.schema.safeParse(values['metrics-port']).data
const maxSizeMib = settings.artifactLimit.schema.safeParse(values['artifact-limit']).data
if (
  !values.home ||
  !values.socket ||
  !(firstPort >= 1_024 && firstPort <= 65_000) ||
  metricsPort === undefined ||
  maxSizeMib === undefined ||
  (values['services-user'] !== '' && !values['services-folder'])
)
  throw new Error(
    'usage: main.ts --home FOLDER --socket PATH [--first-port 7500] [--metrics-port 0] [--secrets FOLDER] [--artifact-limit MIB]' +
      ' [--services-user USER --services-folder FOLDER]',
  )
const limits = { ...defaultLimits, maxSizeBytes: maxSizeMib * 2 ** 20 }
mkdirSync(values.home, { recursive: true, mode: 0o700 })

const say = (message: string, more: object = {}) =>
  console.log(JSON.stringify({ at: new Date().toISOString(), message, ...more }))
const { home, secrets = join(home, 'secrets') } = values
const runtime = await Promise.resolve()
  .then(() => openRuntime(home, firstPort, openSecrets(secrets, home), say, limits, otherUsers()))
  .catch(refused)

/** @throws Problem where released processes cannot run as the users that are set */
function otherUsers(): OtherUsers | null {
  const users = readUsers(values['services-user'])
  if (!users) return null
  const { 'services-folder': folder = '' } = values
  openUsersFolder(folder, users)
  return { users, folder }
}

const droppedText = (environments: readonly RunningEnvironment[]): string =>
  [
    '# HELP holdfast_output_dropped_bytes_total Bytes of output that were dropped because services printed them too fast.',
    '# TYPE holdfast_output_dropped_bytes_total counter',
    ...environments.map((running) => {
      const { service, environment } = running.state.ref
      return `holdfast_output_dropped_bytes_total{service="${service}",environment="${environment}"} ${running.droppedBytes()}`
    }),
    '',
  ].join('\n')

/** Marks answers as this process's, because another process may have the port by the time a reader asks. */
const instance = randomUUID()
const metrics = createServer((request, response) => {
  if (request.url !== '/metrics') return void response.writeHead(404).end()
  void readAllCounters(runtime.environments.values()).then((counters) =>
    response
      .setHeaders(
        new Map([
          ['content-type', 'text/plain; version=0.0.4'],
          [instanceHeader, instance],
        ]),
      )
      .end(prometheusText(counters) + droppedText([...runtime.environments.values()])),
  )
})
await listen(metricsPort).catch(refused)
const metricsUrl = `http://127.0.0.1:${(metrics.address() as AddressInfo).port}/metrics`
const server = await openControlServer(runtime, values.socket, { metricsUrl, instance }).catch(refused)
say('ready', { environments: runtime.environments.size })

/** @throws Problem port-taken */
function listen(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    metrics.once('error', () =>
      reject(new Problem('port-taken', `port ${port} is taken`, { hint: 'choose another port for the counters' })),
    )
    metrics.listen(port, '127.0.0.1', resolve)
  })
}

let stopping = false
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => void stop())
}

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  await server.close()
  metrics.close()
  await runtime.stop()
  process.exit(0)
}

/** Prints a failure that a person can fix as one line with its remedy, not as a stack trace. */
function refused(error: unknown): never {
  if (!(error instanceof Problem)) throw error
  console.error(JSON.stringify({ at: new Date().toISOString(), code: error.code, message: error.message, hint: error.hint }))
  process.exit(1)
}
