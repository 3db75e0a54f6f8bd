/** What the stack tells its API and workers: where its parts are, and what the starter's own environment says to them. */
import { join } from 'node:path'
import type { Home } from './home.ts'

/** Secrets by the file that holds them as well: what is passed on is what was set, unread. */
const passedOn = [
  'HOLDFAST_ALLOWED_HOSTS',
  'HOLDFAST_TRUSTED_PROXIES',
  'HOLDFAST_CONSOLE_URL',
  'HOLDFAST_PROMETHEUS_HOSTS',
  'HOLDFAST_PROMETHEUS_TOKEN',
  'HOLDFAST_PROMETHEUS_TOKEN_FILE',
  'HOLDFAST_PAYLOAD_CODEC',
  'HOLDFAST_ANALYSIS_SLOTS',
  'HOLDFAST_SWEEP_EVERY',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_HEADERS_FILE',
]

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
  ...Object.fromEntries(passedOn.map((variable) => [variable, env[variable]])),
  LOG_LEVEL: env['LOG_LEVEL'] ?? 'info',
  DATABASE_URL: parts.databaseUrl,
  TEMPORAL_ADDRESS: parts.temporalAddress,
  HOLDFAST_TEMPORAL_UI_URL: parts.temporalUiUrl,
  HOLDFAST_RUNTIME_SOCKET: parts.runtimeSocket,
  HOLDFAST_LOCAL_TARGET: 'allow',
  HOLDFAST_KEY_PEPPER_FILE: home.pepperFile,
  HOLDFAST_PORT: String(port),
  HOLDFAST_WORKFLOW_BUNDLE: parts.workflowBundle,
  HOLDFAST_CONSOLE_FOLDER: join(import.meta.dirname, '../../console/dist'),
})
