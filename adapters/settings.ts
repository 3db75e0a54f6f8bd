/** Every setting, once: variable, default, unit, meaning and how it is parsed. docs/settings.md is written from these rows. */
import { z } from 'zod'
import { duration } from './duration.ts'

export interface Setting {
  /** Name in the environment. A secret is also read from the file that `<variable>_FILE` names. */
  readonly variable: string
  /** Text as it would stand in the environment; null: must be set wherever it is read. */
  readonly preset: string | null
  readonly unit: string
  readonly meaning: string
  readonly schema: z.ZodType<unknown, string>
  readonly secret?: true
  /** Read only where HOLDFAST_TEST=1; elsewhere its being set is an error. */
  readonly testOnly?: true
}

const loopback = ['127.0.0.1', 'localhost', '::1']
const text = z.string()
const port = text
  .regex(/^\d{1,5}$/, 'must be a port, 0 to 65535')
  .transform(Number)
  .refine((value) => value <= 65_535, 'must be a port, 0 to 65535')
const list = text.transform((items): readonly string[] =>
  items
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
)
const url = text.refine((value) => value === '' || /^https?:\/\//.test(value), 'must begin with http:// or https://')
/** As OpenTelemetry has them: `name=value`, values percent-encoded where they must be. */
const headers = list
  .refine(
    (pairs) => pairs.every((pair) => /^[\w-]+ *=(?:[ -$&-~]|%[2-7][0-9a-f])*$/i.test(pair)),
    'must be name=value, by commas',
  )
  .transform(
    (pairs): Readonly<Record<string, string>> =>
      Object.fromEntries(
        pairs.map((pair) => {
          const at = pair.indexOf('=')
          return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())]
        }),
      ),
  )
const choice = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` })

export const settings = {
  home: { variable: 'HOLDFAST_HOME', preset: '.holdfast', unit: 'folder', schema: text, meaning: 'state of the local stack' },
  databaseUrl: {
    variable: 'DATABASE_URL',
    preset: null,
    unit: 'URL',
    schema: text.regex(/^postgres(ql)?:\/\//, 'must begin with postgres://'),
    meaning: 'PostgreSQL of the projections; `npm start` runs one of its own where it is not set',
    secret: true,
  },
  temporalAddress: {
    variable: 'TEMPORAL_ADDRESS',
    preset: '127.0.0.1:7233',
    unit: 'host:port',
    schema: text.regex(/^\S+:\d+$/, 'must be host:port'),
    meaning: 'frontend of Temporal',
  },
  temporalNamespace: {
    variable: 'TEMPORAL_NAMESPACE',
    preset: 'default',
    unit: 'name',
    schema: text,
    meaning: 'namespace in Temporal',
  },
  temporalUiUrl: {
    variable: 'HOLDFAST_TEMPORAL_UI_URL',
    preset: '',
    unit: 'URL',
    schema: url,
    meaning: 'base of links to the Temporal Web UI; empty: no links',
  },
  host: {
    variable: 'HOLDFAST_HOST',
    preset: '127.0.0.1',
    unit: 'address',
    schema: text.refine((host) => loopback.includes(host), 'must be a loopback address: another one is not supported yet'),
    meaning: 'address the API listens on',
  },
  port: { variable: 'HOLDFAST_PORT', preset: '7420', unit: 'port', schema: port, meaning: 'port of the API; 0: a free one' },
  allowedHosts: {
    variable: 'HOLDFAST_ALLOWED_HOSTS',
    preset: '',
    unit: 'hosts, by commas',
    schema: list,
    meaning: 'further values of `Host` that are answered',
  },
  trustedProxies: {
    variable: 'HOLDFAST_TRUSTED_PROXIES',
    preset: '',
    unit: 'addresses, by commas',
    schema: list,
    meaning: 'proxies whose `X-Forwarded-For` is believed',
  },
  keyPepper: {
    variable: 'HOLDFAST_KEY_PEPPER',
    preset: null,
    unit: 'at least 32 characters',
    schema: text.min(32, 'must have at least 32 characters'),
    meaning: 'pepper under which API keys are stored',
    secret: true,
  },
  localTarget: {
    variable: 'HOLDFAST_LOCAL_TARGET',
    preset: 'refuse',
    unit: 'refuse, allow',
    schema: choice(['refuse', 'allow']),
    meaning: 'whether declarations may name commands that are run on this machine',
  },
  runtimeSocket: {
    variable: 'HOLDFAST_RUNTIME_SOCKET',
    preset: '',
    unit: 'Unix socket',
    schema: text,
    meaning: 'control door of the local runtime; empty: none',
  },
  runtimeMetricsPort: {
    variable: 'HOLDFAST_RUNTIME_METRICS_PORT',
    preset: '0',
    unit: 'port',
    schema: port,
    meaning: "port on which the local runtime serves its services' counters, for a Prometheus to scrape; 0: a free one",
  },
  prometheusHosts: {
    variable: 'HOLDFAST_PROMETHEUS_HOSTS',
    preset: '',
    unit: 'hosts, by commas',
    schema: list,
    meaning: 'hosts (`host` or `host:port`) of Prometheus that declarations may name beside loopback',
  },
  prometheusToken: {
    variable: 'HOLDFAST_PROMETHEUS_TOKEN',
    preset: '',
    unit: 'token',
    schema: text.regex(/^[\x21-\x7e]*$/, 'must be visible ASCII without blanks'),
    meaning: 'bearer token sent to the hosts of `HOLDFAST_PROMETHEUS_HOSTS` and to no other; empty: none',
    secret: true,
  },
  consoleUrl: {
    variable: 'HOLDFAST_CONSOLE_URL',
    preset: '',
    unit: 'URL',
    schema: url,
    meaning: 'base of links to the console; empty: the API itself',
  },
  consoleFolder: {
    variable: 'HOLDFAST_CONSOLE_FOLDER',
    preset: 'console/dist',
    unit: 'folder',
    schema: text,
    meaning: 'the built console',
  },
  workflowBundle: {
    variable: 'HOLDFAST_WORKFLOW_BUNDLE',
    preset: '',
    unit: 'file',
    schema: text,
    meaning: 'built workflows; empty: built when a control worker starts',
  },
  payloadCodec: {
    variable: 'HOLDFAST_PAYLOAD_CODEC',
    preset: '',
    unit: 'file',
    schema: text,
    meaning: 'module that exports a payload codec; empty: none',
  },
  metricsPort: {
    variable: 'HOLDFAST_METRICS_PORT',
    preset: '0',
    unit: 'port',
    schema: port,
    meaning: 'port on which a worker serves `/metrics`; 0: a free one',
  },
  analysisSlots: {
    variable: 'HOLDFAST_ANALYSIS_SLOTS',
    preset: '200',
    unit: 'number, at least 1',
    schema: text.regex(/^[1-9]\d{0,4}$/, 'must be a whole number, at least 1').transform(Number),
    meaning: 'analyses, smoke tests and hooks that one analysis worker runs at once',
  },
  sweepEveryMs: {
    variable: 'HOLDFAST_SWEEP_EVERY',
    preset: '10s',
    unit: 'duration',
    schema: duration.refine((ms) => ms >= 100, 'must be at least 100ms'),
    meaning: 'pause between two looks of the sweeper for what was lost',
  },
  telemetryEndpoint: {
    variable: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    preset: '',
    unit: 'URL',
    schema: url,
    meaning: 'base of an OTLP collector that takes traces over HTTP; empty: nothing is traced',
  },
  telemetryHeaders: {
    variable: 'OTEL_EXPORTER_OTLP_HEADERS',
    preset: '',
    unit: 'name=value, by commas',
    schema: headers,
    meaning: 'headers that the collector asks for, a credential most of all',
    secret: true,
  },
  logLevel: {
    variable: 'LOG_LEVEL',
    preset: 'info',
    unit: 'level',
    schema: choice(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    meaning: 'what is logged',
  },
  temporalCli: {
    variable: 'HOLDFAST_TEMPORAL_CLI',
    preset: '',
    unit: 'program',
    schema: text,
    meaning: "Temporal's command line with its dev server; empty: looked for, else fetched",
  },
  postgresBin: {
    variable: 'HOLDFAST_POSTGRES_BIN',
    preset: '',
    unit: 'folder',
    schema: text,
    meaning: 'initdb and postgres; empty: PATH, else the packages',
  },
  prometheusProgram: {
    variable: 'HOLDFAST_PROMETHEUS',
    preset: '',
    unit: 'program',
    schema: text,
    meaning: 'Prometheus for tests; empty: PATH',
  },
  chromiumProgram: {
    variable: 'HOLDFAST_CHROMIUM',
    preset: '',
    unit: 'program',
    schema: text,
    meaning: 'a browser for tests; empty: PATH',
  },
  cacheFolder: {
    variable: 'HOLDFAST_CACHE',
    preset: '',
    unit: 'folder',
    schema: text,
    meaning: 'fetched and built programs; empty: `${XDG_CACHE_HOME:-~/.cache}/holdfast`',
  },
  cliUrl: {
    variable: 'HOLDFAST_URL',
    preset: 'http://127.0.0.1:7420',
    unit: 'URL',
    schema: url,
    meaning: 'API the command line speaks to',
  },
  cliToken: {
    variable: 'HOLDFAST_TOKEN',
    preset: '',
    unit: 'API key',
    schema: text,
    meaning: 'key of the command line; empty: the one kept for that API',
    secret: true,
  },
  crashAt: {
    variable: 'HOLDFAST_CRASH_AT',
    preset: '',
    unit: 'crash point',
    schema: text,
    meaning: 'where the process ends itself',
    testOnly: true,
  },
  crashMarker: {
    variable: 'HOLDFAST_CRASH_MARKER',
    preset: '',
    unit: 'file',
    schema: text,
    meaning: 'made when the crash point is first reached: a process that finds it goes on',
    testOnly: true,
  },
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof settings
