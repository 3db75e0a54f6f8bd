/** The whole stack, started in order and stopped in reverse. If a part does not start, the parts before it are stopped. */
import { join } from 'node:path'
import type { Variables } from '../../adapters/config.ts'
import { asSet } from '../../adapters/config.ts'
import { settings } from '../../adapters/settings.ts'
import { codecOf } from '../../adapters/temporal/codec.ts'
import { openUsersFolder, readUsers } from '../../adapters/process/users.ts'
import { adoptChild, endLeftover, isRunning, startChild } from '../components/process.ts'
import { startPostgres, stopSignal } from '../components/start-postgres.ts'
import { startTemporal } from '../components/start-temporal.ts'
import { buildConsole } from '../console-build.ts'
import { migrate } from '../migrate.ts'
import { answering } from './answering.ts'
import { boundLogs } from './bounded-logs.ts'
import { builtWorkflows } from './bundle.ts'
import { compileAhead, compiledFolder } from './compile-ahead.ts'
import { findParts, orGivenUp } from './find-parts.ts'
import type { Home } from './home.ts'
import { runtimeSocketOf, settleLeftRuntime } from './left-runtime.ts'
import { refuseUnreplayable } from './open-histories.ts'
import { ownPort } from './own-port.ts'
import type { StackConfig } from './process-settings.ts'
import { processSettings } from './process-settings.ts'
import { untilReady } from './ready.ts'
import { keepReserve } from './reserve.ts'
import type { Part } from './supervise.ts'
import { supervise } from './supervise.ts'
import { controlHeap, runtimeHeap } from './young-heap.ts'

export interface Stack {
  readonly apiUrl: string
  readonly temporalAddress: string
  readonly temporalUiUrl: string
  readonly metricsUrls: readonly string[]
  readonly databaseUrl: string
  readonly runtimeSocket: string
  /** Stops everything in order; with `keepServices` the runtime and its services run on. */
  stop(keepServices: boolean): Promise<void>
}

export interface StackOptions {
  readonly home: Home
  readonly env: Variables
  /** The starter's own settings, from `env`. */
  readonly config: StackConfig
  /** Port of the API; 0 for a free one. */
  readonly port: number
  /** Ends open workflows that the present code cannot replay, instead of refusing to start. */
  readonly terminateUnreplayable?: boolean
  /** Gives the database a new password, because the stored one was lost. */
  readonly renewSecrets?: boolean
  readonly say: (line: string) => void
  /** Cancels the start after the current step. The start then throws its reason, once all parts are stopped. */
  readonly signal?: AbortSignal
}

/** Long enough for a service's requests in flight, and for the ten seconds that a service has after SIGTERM by default. */
const servicesGraceMs = 45_000

/**
 * Worker processes by name, with what each runs. There are two control workers: after a SIGKILL of one, the other takes up an abort within
 * two seconds, while a new process takes up to four to start.
 */
const workers = { control: 'control', act: 'act', analysis: 'analysis', 'control-2': 'control' } as const
const runtimeMains = ['main', 'artifact-process', 'proxy-code'].map((main) => `local-runtime/${main}.ts`)
/** Entry points of all processes, including those that the runtime starts. */
export const mains = ['api/main.ts', ...new Set(Object.values(workers).map((main) => `workers/${main}.ts`)), ...runtimeMains]

type Stop = (keepServices: boolean) => Promise<void>
const root = join(import.meta.dirname, '../..')

export async function startStack(options: StackOptions): Promise<Stack> {
  const stops: Stop[] = []
  const stop: Stop = async (keepServices) => {
    for (const each of stops.toReversed()) await each(keepServices)
  }
  // Services that an earlier stack left running have users, so a failed start must leave them running.
  const hadServices = isRunning(join(options.home.folder, 'runtime.pid'))
  try {
    return { ...(await start(options, stops)), stop }
  } catch (error) {
    await stop(hadServices)
    throw error
  }
}

async function start(options: StackOptions, stops: Stop[]): Promise<Omit<Stack, 'stop'>> {
  const { home, env, config, say, signal } = options
  // Before anything is started or ended: where this refuses, the control plane that can work with that runtime is not touched.
  await settleLeftRuntime({ home, say, graceMs: servicesGraceMs })
  const endBounds = boundLogs([home.logs, join(home.folder, 'postgres'), join(home.folder, 'temporal')])
  const endReserve = keepReserve(home.folder, say)
  stops.push(async () => {
    endBounds()
    endReserve()
  })
  const { payloadKeys, host, secretsFolder, databaseUrl: ownDatabase } = config
  const servicesUser = servicesUserOf(options)
  for (const variable of Object.keys(asSet(env, ['temporalAddress', 'temporalNamespace'])))
    say(`${variable} is set and not used: npm start runs a Temporal server of its own`)
  // The control plane of a killed starter has old settings, so end it. Its services may run on.
  for (const name of ['api', ...Object.keys(workers)]) await endLeftover(join(home.folder, `${name}.pid`))
  const port = await ownPort(options.port, "'npm start -- --port PORT'")
  const apiUrl = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  const found = await orGivenUp(findParts(env, ownDatabase === undefined ? [] : ['postgres'], say), signal)
  const bundle = builtWorkflows(join(home.folder, 'cache'))
  const page = buildConsole()
  const compiled = compileAhead(mains, env)
  for (const built of [bundle, page]) built.catch(() => {})
  const databaseUrl = ownDatabase ?? (await startDatabase(options, found.get('postgres') ?? '', stops))
  await migrate(databaseUrl)
  signal?.throwIfAborted()
  const temporal = await startTemporal({
    path: found.get('temporal') ?? '',
    folder: join(home.folder, 'temporal'),
    port: config.temporalPort,
    uiPort: config.temporalUiPort,
    ...(payloadKeys.length > 0 ? { codecUrl: `${apiUrl}/v1/payloads` } : {}),
  })
  stops.push(await kept(options, { name: 'temporal', start: temporal.again, running: temporal.child, answers: temporal.answers }))
  const { terminateUnreplayable: terminate = false } = options
  const workflowBundle = await bundle
  const { address: temporalAddress, uiUrl: temporalUiUrl } = temporal
  await refuseUnreplayable({
    bundle: workflowBundle,
    temporalAddress,
    folder: home.folder,
    terminate,
    ...codecOf(payloadKeys),
    say,
  })
  signal?.throwIfAborted()
  await compiled
  const runtimeSocket = await startRuntime(
    options,
    [...servicesUser, '--secrets', secretsFolder || join(home.folder, 'secrets')],
    stops,
  )
  await page
  signal?.throwIfAborted()
  const parts = { databaseUrl, temporalAddress, temporalUiUrl, runtimeSocket }
  const variables = processSettings({ home, env, port, workflowBundle, ...parts })
  const metricsUrls = await startControlPlane(options, { apiUrl, runtimeSocket }, variables, stops)
  return { apiUrl, metricsUrls, ...parts }
}

async function startDatabase(options: StackOptions, binFolder: string, stops: Stop[]): Promise<string> {
  const { home, config, renewSecrets: renewPassword = false } = options
  const { url, child, again, answers } = await startPostgres({
    binFolder,
    folder: join(home.folder, 'postgres'),
    port: config.postgresPort,
    renewPassword,
  })
  stops.push(await kept(options, { name: 'postgres', start: again, running: child, answers, stopSignal }))
  return url
}

/** Supervises a part that is up. Returns the function that stops it. */
async function kept({ say }: StackOptions, part: Part): Promise<Stop> {
  const supervised = await supervise(part, say)
  return () => supervised.stop()
}

/** The runtime's arguments for the services' user. @throws Problem invalid-config, folder-unusable now, not at the first release */
function servicesUserOf({ config: { servicesUser }, home, say }: StackOptions): readonly string[] {
  const users = readUsers(servicesUser)
  if (!users) {
    if (process.getuid?.() === 0)
      say('released processes run as root, as this stack does: HOLDFAST_SERVICES_USER names another user')
    return []
  }
  const folder = `${home.folder}-services`
  openUsersFolder(folder, users)
  return ['--services-user', servicesUser, '--services-folder', folder]
}

/** Resolves with the path of its control socket. */
async function startRuntime(options: StackOptions, more: readonly string[], stops: Stop[]): Promise<string> {
  const { home } = options
  const { runtimeMetricsPort: metricsPort, artifactLimit } = options.config
  const socket = runtimeSocketOf(home)
  const args = ['--home', join(home.folder, 'runtime'), '--socket', socket, '--metrics-port', String(metricsPort)]
  args.push(...more, '--artifact-limit', String(artifactLimit))
  // A runtime that was left running holds its port already.
  if (metricsPort !== 0 && !isRunning(join(home.folder, 'runtime.pid')))
    await ownPort(metricsPort, settings.runtimeMetricsPort.variable)
  const runtime = await startProcess(options, 'runtime', 'local-runtime/main.ts', { flags: runtimeHeap, probe: socket, args })
  stops.push(async (keepServices) => (keepServices ? runtime.leave() : runtime.stop(servicesGraceMs)))
  return socket
}

/** Starts workers and API and waits until they are ready. Resolves with the addresses of their metrics. */
async function startControlPlane(
  options: StackOptions,
  { apiUrl, runtimeSocket }: Pick<Stack, 'apiUrl' | 'runtimeSocket'>,
  variables: NodeJS.ProcessEnv,
  stops: Stop[],
): Promise<string[]> {
  const metricsUrls: string[] = []
  const { metricsPort: metrics } = options.config
  for (const [index, [name, main]] of Object.entries(workers).entries()) {
    const metricsPort = await ownPort(metrics && metrics + index, settings.metricsPort.variable)
    metricsUrls.push(`http://127.0.0.1:${metricsPort}/metrics`)
    const worker = await startProcess(options, name, `workers/${main}.ts`, {
      probe: `http://127.0.0.1:${metricsPort}/livez`,
      env: { ...variables, [settings.metricsPort.variable]: String(metricsPort) },
    })
    stops.push(() => worker.stop())
  }
  const api = await startProcess(options, 'api', 'api/main.ts', { probe: `${apiUrl}/livez`, env: variables })
  stops.push(() => api.stop())
  const all = [`${apiUrl}/metrics`, ...metricsUrls]
  await untilReady([...all.map((url) => url.replace('/metrics', '/readyz')), runtimeSocket], options.home.logs)
  return all
}

interface Process {
  readonly flags?: readonly string[]
  /** Address or Unix socket that answers while the process is not stuck. */
  readonly probe: string
  readonly env?: NodeJS.ProcessEnv
  readonly args?: readonly string[]
}

/** Takes over a process that an earlier starter left. Processes that must not be taken over were ended before. */
function startProcess(
  { home, env, say }: StackOptions,
  name: string,
  main: string,
  { flags = controlHeap, probe, env: more, args = [] }: Process,
) {
  const pidFile = join(home.folder, `${name}.pid`)
  const child = {
    command: process.execPath,
    args: [...flags, join(root, main), ...args],
    env: { ...asSet(env, ['path', 'userHome']), NODE_ENV: 'production', NODE_COMPILE_CACHE: compiledFolder(env), ...more },
    logFile: join(home.logs, `${name}.log`),
    pidFile,
  }
  const start = async () => startChild(child)
  return supervise({ name, start, running: adoptChild(pidFile), answers: () => answering(probe) }, say)
}
