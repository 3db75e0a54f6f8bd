/** What the stack tells its API and workers: where its parts are, and what the starter's own environment says to them. */
import { join } from 'node:path'
import { metricsProviders } from '../../adapters/metrics/index.ts'
import { settingsOf } from '../../adapters/provider.ts'
import type { SettingName } from '../../adapters/settings.ts'
import { settings } from '../../adapters/settings.ts'
import type { Setting } from '../../adapters/setting.ts'
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

export interface StackParts {
  readonly home: Home
  readonly env: NodeJS.ProcessEnv
  /** Of the API. */
  readonly port: number
  readonly databaseUrl: string
  readonly temporalAddress: string
  readonly temporalUiUrl: string
  readonly runtimeSocket: string
  readonly workflowBundle: string
}

export const processSettings = ({ home, env, port, ...parts }: StackParts): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(passedOn.flatMap(variablesOf).map((variable) => [variable, env[variable]])),
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

function variablesOf(name: SettingName): readonly string[] {
  const { variable, secret }: Setting = settings[name]
  return secret ? [variable, `${variable}_FILE`] : [variable]
}
