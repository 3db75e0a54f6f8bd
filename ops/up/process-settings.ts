/**
 * The settings that the starter gives to the API and the workers: where the stack's parts are, and what the starter's own environment sets
 * for them.
 */
import { join } from 'node:path'
import type { Config, Variables } from '../../adapters/config.ts'
import { asSet, isSet, readConfig } from '../../adapters/config.ts'
import { metricsProviders } from '../../adapters/metrics/index.ts'
import { settingsOf } from '../../adapters/provider.ts'
import type { SettingName } from '../../adapters/settings.ts'
import { settings } from '../../adapters/settings.ts'
import { targetProviders } from '../../adapters/target/index.ts'
import { telemetrySettings } from '../../adapters/telemetry/variables.ts'
import { trafficProviders } from '../../adapters/traffic/index.ts'
import type { Home } from './home.ts'

/** Settings that the starter passes on. It checks them before anything starts, and does not read secret files. */
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

/** Ports of the stack's parts besides the API; a free port unless set. */
export const stackPorts = ['temporalPort', 'temporalUiPort', 'postgresPort', 'metricsPort', 'runtimeMetricsPort'] as const

/** Settings of the starter itself. */
const own = ['home', 'port', 'host', 'payloadKeys', 'secretsFolder', 'servicesUser', 'artifactLimit', ...stackPorts] as const

export type StackConfig = Config<(typeof own)[number]> & Partial<Pick<Config, 'databaseUrl'>>

/** Reads and checks all settings before anything starts. @throws Problem invalid-config */
export const readStackConfig = (env: Variables): StackConfig =>
  // With DATABASE_URL the stack uses that server; otherwise it runs its own.
  readConfig(env, own, isSet(env, 'databaseUrl') ? [...passedOn, 'databaseUrl'] : passedOn, true)

export interface StackParts {
  readonly home: Home
  readonly env: Variables
  /** Port of the API. */
  readonly port: number
  readonly databaseUrl: string
  readonly temporalAddress: string
  readonly temporalUiUrl: string
  readonly runtimeSocket: string
  readonly workflowBundle: string
}

export const processSettings = ({ home, env, port, ...parts }: StackParts): NodeJS.ProcessEnv => ({
  ...asSet(env, passedOn),
  ...toVariables({
    databaseUrl: parts.databaseUrl,
    temporalAddress: parts.temporalAddress,
    temporalUiUrl: parts.temporalUiUrl,
    runtimeSocket: parts.runtimeSocket,
    localTarget: 'allow',
    dataFolder: home.folder,
    port: String(port),
    workflowBundle: parts.workflowBundle,
    consoleFolder: join(import.meta.dirname, '../../console/dist'),
  }),
  [`${settings.keyPepper.variable}_FILE`]: home.pepperFile,
})

const toVariables = (values: Partial<Record<SettingName, string>>): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [settings[name as SettingName].variable, value]))
