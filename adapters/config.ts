/** Settings, once: composition roots read them from the environment; everything else is given what it needs. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Fault } from '../domain/problem.ts'
import { Problem } from '../domain/problem.ts'

const loopback = ['127.0.0.1', 'localhost', '::1']
const port = z.coerce.number().int().min(0).max(65_535)
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
)

/** One row per setting. `secret`: also read from the file that `<variable>_FILE` names, and never shown. */
export const settings = {
  home: row('HOLDFAST_HOME', '.holdfast', z.string().min(1), 'folder of all state of the local stack'),
  databaseUrl: secret(
    'DATABASE_URL',
    null,
    z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgres://'),
    'PostgreSQL of the projections',
  ),
  temporalAddress: row('TEMPORAL_ADDRESS', '127.0.0.1:7233', z.string().min(1), 'host and port of Temporal'),
  temporalNamespace: row('TEMPORAL_NAMESPACE', 'default', z.string().min(1), 'namespace in Temporal'),
  temporalUiUrl: row('HOLDFAST_TEMPORAL_UI_URL', '', z.string(), 'base of links to the Temporal Web UI; empty: none'),
  host: row(
    'HOLDFAST_HOST',
    '127.0.0.1',
    z.string().refine((host) => loopback.includes(host), 'only a loopback address for now'),
    'address the API listens on',
  ),
  port: row('HOLDFAST_PORT', '7420', port, 'port of the API'),
  allowedHosts: row('HOLDFAST_ALLOWED_HOSTS', '', list, 'further values of Host that are answered, by commas'),
  trustedProxies: row('HOLDFAST_TRUSTED_PROXIES', '', list, 'addresses whose X-Forwarded-For is believed, by commas'),
  keyPepper: secret('HOLDFAST_KEY_PEPPER', null, z.string().min(32, 'at least 32 characters'), 'pepper of the stored API keys'),
  localTarget: row(
    'HOLDFAST_LOCAL_TARGET',
    'refuse',
    z.enum(['refuse', 'allow']),
    'whether declarations may name commands to run here',
  ),
  runtimeSocket: row('HOLDFAST_RUNTIME_SOCKET', '', z.string(), 'Unix socket of the local runtime; empty: none'),
  consoleUrl: row('HOLDFAST_CONSOLE_URL', '', z.string(), 'base of links to the console; empty: the API itself'),
  consoleFolder: row('HOLDFAST_CONSOLE_FOLDER', 'console/dist', z.string(), 'folder of the built console'),
  workflowBundle: row(
    'HOLDFAST_WORKFLOW_BUNDLE',
    '',
    z.string(),
    'built workflows; empty: built at the start of a control worker',
  ),
  payloadCodec: row('HOLDFAST_PAYLOAD_CODEC', '', z.string(), 'module that exports a payload codec; empty: none'),
  metricsPort: row('HOLDFAST_METRICS_PORT', '0', port, 'port a worker serves /metrics on; 0: a free one'),
  logLevel: row('LOG_LEVEL', 'info', z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']), 'what is logged'),
  crashAt: row('HOLDFAST_CRASH_AT', '', z.string(), 'crash point to end the process at; tests only'),
} as const

export type SettingName = keyof typeof settings
export type Config<Names extends SettingName = SettingName> = {
  readonly [Name in Names]: z.output<(typeof settings)[Name]['schema']>
}

/** Reads the named settings. @throws Problem invalid-config with every bad variable */
export function readConfig<Names extends SettingName>(env: NodeJS.ProcessEnv, names: readonly Names[]): Config<Names> {
  const errors: Fault[] = []
  const config: Record<string, unknown> = {}
  for (const name of names) {
    const { variable, schema } = settings[name]
    try {
      const parsed = schema.safeParse(valueOf(env, name))
      if (parsed.success) config[name] = parsed.data
      else errors.push({ pointer: variable, detail: parsed.error.issues.map(({ message }) => message).join(', ') })
    } catch (error) {
      errors.push({ pointer: variable, detail: (error as Error).message })
    }
  }
  if (errors.length > 0) {
    const what = errors.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('; ')
    throw new Problem('invalid-config', `bad settings: ${what}`, { errors, hint: 'docs/settings.md lists every setting' })
  }
  return Object.freeze(config) as Config<Names>
}

function valueOf(env: NodeJS.ProcessEnv, name: SettingName): string {
  const { variable, isSecret, preset } = settings[name]
  const file = isSecret ? env[`${variable}_FILE`] : undefined
  if (file) return readFileSync(file, 'utf8').trim()
  const value = env[variable]
  if (value !== undefined && value !== '') return value
  if (preset === null) throw new Error(`is not set${isSecret ? ` (nor ${variable}_FILE)` : ''}`)
  return preset
}

function row<Schema extends z.ZodType>(variable: string, preset: string | null, schema: Schema, meaning: string) {
  return { variable, preset, schema, meaning, isSecret: false }
}

function secret<Schema extends z.ZodType>(variable: string, preset: string | null, schema: Schema, meaning: string) {
  return { ...row(variable, preset, schema, meaning), isSecret: true }
}
