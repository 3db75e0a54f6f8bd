/** The whole stack, started in order and stopped in the opposite one. Half a stack is none: a failure on the way stops what was started. */
import { join } from 'node:path'
import { readConfig } from '../../adapters/config.ts'
import { codecOf } from '../../adapters/temporal/codec.ts'
import { components } from '../components/index.ts'
import { endLeftover, freePort } from '../components/process.ts'
import { startPostgres } from '../components/start-postgres.ts'
import { startTemporal } from '../components/start-temporal.ts'
import { buildConsole } from '../console-build.ts'
import { migrate } from '../migrate.ts'
import { builtWorkflows } from './bundle.ts'
import type { Home } from './home.ts'
import { refuseUnreplayable } from './open-histories.ts'
import { untilReady } from './ready.ts'
import { supervise } from './supervise.ts'

export interface Stack {
  readonly apiUrl: string
  readonly temporalAddress: string
  readonly temporalUiUrl: string
  readonly metricsUrls: readonly string[]
  readonly databaseUrl: string
  readonly runtimeSocket: string
  /** Stops everything in order; the runtime and its services stay when asked. */
  stop(keepServices: boolean): Promise<void>
}

export interface StackOptions {
  readonly home: Home
  readonly env: NodeJS.ProcessEnv
  readonly port: number
  /** Ends open workflows that the present code cannot replay; otherwise they are a reason not to start. */
  readonly terminateUnreplayable?: boolean
  readonly say: (line: string) => void
}

/** Services that ignore SIGTERM have ten seconds by default, and their requests in flight come before. */
const servicesGraceMs = 45_000

const workers = ['control', 'act', 'analysis'] as const

/** What the starter's environment says to API and workers. */
const passedOn = ['HOLDFAST_PROMETHEUS_HOSTS', 'HOLDFAST_PROMETHEUS_TOKEN', 'HOLDFAST_PROMETHEUS_TOKEN_FILE']

type Stop = (keepServices: boolean) => Promise<void>
const root = join(import.meta.dirname, '../..')

export async function startStack(options: StackOptions): Promise<Stack> {
  const stops: Stop[] = []
  const stop: Stop = async (keepServices) => {
    for (const each of stops.toReversed()) await each(keepServices)
  }
  try {
    return { ...(await start(options, stops)), stop }
  } catch (error) {
    await stop(false)
    throw error
  }
}

async function start(
  { home, env, port, terminateUnreplayable = false, say }: StackOptions,
  stops: Stop[],
): Promise<Omit<Stack, 'stop'>> {
  const { payloadCodec } = readConfig(env, ['payloadCodec'])
  const codec = await codecOf(payloadCodec)
  // The control plane of a killed starter runs on with settings that are gone; its services may run on.
  for (const name of ['api', ...workers]) await endLeftover(join(home.folder, `${name}.pid`))
  await freePort(port)
  const { runtimeMetricsPort } = readConfig(env, ['runtimeMetricsPort'])
  const found = new Map<string, string>()
  for (const component of components) found.set(component.name, (await component.find(env, say)).path)
  const bundle = builtWorkflows(join(home.folder, 'cache'))
  const page = buildConsole()
  for (const built of [bundle, page]) built.catch(() => {})
  const own = env['DATABASE_URL'] || env['DATABASE_URL_FILE'] ? readConfig(env, ['databaseUrl']).databaseUrl : null
  const postgres = own
    ? null
    : await startPostgres({ binFolder: found.get('postgres') ?? '', folder: join(home.folder, 'postgres') })
  if (postgres) stops.push(() => postgres.stop())
  const databaseUrl = own ?? postgres?.url ?? ''
  await migrate(databaseUrl)
  const temporal = await startTemporal({ path: found.get('temporal') ?? '', folder: join(home.folder, 'temporal') })
  stops.push(() => temporal.stop())
  await refuseUnreplayable({
    bundle: await bundle,
    temporalAddress: temporal.address,
    folder: home.folder,
    terminate: terminateUnreplayable,
    ...codec,
    say,
  })
  const runtimeSocket = join(home.sockets, 'runtime.sock')
  const start = (name: string, main: string, args: readonly string[], more: NodeJS.ProcessEnv) =>
    supervise(
      name,
      {
        command: process.execPath,
        args: [join(root, main), ...args],
        env: { PATH: env['PATH'], HOME: env['HOME'], NODE_ENV: 'production', ...more },
        logFile: join(home.logs, `${name}.log`),
        pidFile: join(home.folder, `${name}.pid`),
      },
      say,
    )
  const runtime = await start(
    'runtime',
    'ops/local-runtime/main.ts',
    ['--home', join(home.folder, 'runtime'), '--socket', runtimeSocket, '--metrics-port', String(runtimeMetricsPort)],
    {},
  )
  stops.push(async (keepServices) => (keepServices ? undefined : runtime.stop(servicesGraceMs)))
  const settings = {
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporal.address,
    HOLDFAST_TEMPORAL_UI_URL: temporal.uiUrl,
    HOLDFAST_RUNTIME_SOCKET: runtimeSocket,
    HOLDFAST_LOCAL_TARGET: 'allow',
    ...Object.fromEntries(passedOn.map((variable) => [variable, env[variable]])),
    HOLDFAST_KEY_PEPPER_FILE: home.pepperFile,
    HOLDFAST_PORT: String(port),
    HOLDFAST_WORKFLOW_BUNDLE: await bundle,
    HOLDFAST_PAYLOAD_CODEC: payloadCodec,
    HOLDFAST_CONSOLE_FOLDER: join(root, 'console/dist'),
    OTEL_EXPORTER_OTLP_ENDPOINT: env['OTEL_EXPORTER_OTLP_ENDPOINT'],
    OTEL_EXPORTER_OTLP_HEADERS: env['OTEL_EXPORTER_OTLP_HEADERS'],
    OTEL_EXPORTER_OTLP_HEADERS_FILE: env['OTEL_EXPORTER_OTLP_HEADERS_FILE'],
    LOG_LEVEL: env['LOG_LEVEL'] ?? 'info',
    HOLDFAST_ANALYSIS_SLOTS: env['HOLDFAST_ANALYSIS_SLOTS'],
    HOLDFAST_SWEEP_EVERY: env['HOLDFAST_SWEEP_EVERY'],
  }
  await page
  const metricsUrls: string[] = []
  for (const name of workers) {
    const metricsPort = await freePort()
    metricsUrls.push(`http://127.0.0.1:${metricsPort}/metrics`)
    const worker = await start(name, `workers/${name}.ts`, [], { ...settings, HOLDFAST_METRICS_PORT: String(metricsPort) })
    stops.push(() => worker.stop())
  }
  const api = await start('api', 'api/main.ts', [], settings)
  stops.push(() => api.stop())
  const apiUrl = `http://127.0.0.1:${port}`
  await untilReady([`${apiUrl}/readyz`, ...metricsUrls.map((url) => url.replace('/metrics', '/readyz'))], home.logs)
  return {
    apiUrl,
    temporalAddress: temporal.address,
    temporalUiUrl: temporal.uiUrl,
    metricsUrls: [`${apiUrl}/metrics`, ...metricsUrls],
    databaseUrl,
    runtimeSocket,
  }
}
