/** What the stack tells its API and workers: where its parts are, and what the starter's own environment says to them. */
import { join } from 'node:path'
import type { Config, Variables } from '../../adapters/config.ts'
import { asSet, isSet, readConfig } from '../../adapters/config.ts'
import { metricsProviders } from '../../adapters/metrics/index.ts'
import { settingsOf } from '../../adapters/provider.ts'
import type { SettingName } from '../../adapters/settings.ts'
import { targetProviders } from '../../adapters/target/index.ts'
import { telemetrySettings } from '../../adapters/telemetry/variables.ts'
import { trafficProviders } from '../../adapters/traffic/index.ts'
import type { Home } from './home.ts'

/** What may be set of the stack's processes: held against its terms before anything starts, and passed on as it was set, secrets unread. */
export const passedOn: readonly SettingName[] = [
  'host',
  'allowedHosts',
  'trustedProxies',
  'consoleUrl',
  'hookHosts',
  'rateLimit',
  'redisUrl',
  'payloadKeys',
  'analysisSlots',
  'sweepEveryMs',
  'artifactAgeMs',
  'artifactSpace',
  'logLevel',
  ...settingsOf([...targetProviders, ...trafficProviders, ...metricsProviders]),
  ...telemetrySettings,
]

/** Where the stack's parts listen beside the API: free ports, unless set. */
export const stackPorts = ['temporalPort', 'temporalUiPort', 'postgresPort', 'metricsPort', 'runtimeMetricsPort'] as const

/** What the starter does itself by its settings. */
const own = ['home', 'port', 'host', 'payloadKeys', 'secretsFolder', 'servicesUser', 'artifactLimit', ...stackPorts] as const

export type StackConfig = Config<(typeof own)[number]> & Partial<Pick<Config, 'databaseUrl'>>

/** Read once and before anything starts, with all that is only passed on. @throws Problem invalid-config */
export const readStackConfig = (env: Variables): StackConfig =>
  // A database of somebody else's where one is named; else one of our own is run.
  readConfig(env, own, isSet(env, 'databaseUrl') ? [...passedOn, 'databaseUrl'] : passedOn)

export interface StackParts {
  readonly home: Home
  readonly env: Variables
  /** Of the API. */
  readonly port: number
  readonly databaseUrl: string
  readonly temporalAddress: string
  readonly temporalUiUrl: string
  readonly runtimeSocket: string
  readonly workflowBundle: string
}

export const processSettings = ({ home, env, port, ...parts }: StackParts): NodeJS.ProcessEnv => ({
  ...asSet(env, passedOn),
  DATABASE_URL: parts.databaseUrl,
  TEMPORAL_ADDRESS: parts.temporalAddress,
  HOLDFAST_TEMPORAL_UI_URL: parts.temporalUiUrl,
  HOLDFAST_RUNTIME_SOCKET: parts.runtimeSocket,
  HOLDFAST_LOCAL_TARGET: 'allow',
  HOLDFAST_DATA_FOLDER: home.folder,
  HOLDFAST_KEY_PEPPER_FILE: home.pepperFile,
  HOLDFAST_PORT: String(port),
  HOLDFAST_WORKFLOW_BUNDLE: parts.workflowBundle,
  HOLDFAST_CONSOLE_FOLDER: join(import.meta.dirname, '../../console/dist'),
})
