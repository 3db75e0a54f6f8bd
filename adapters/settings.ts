/**
 * Every setting of every process, once: variable, default, unit, meaning and how it is parsed. config.ts reads them, and nothing else reads
 * the environment; docs/settings.md is written from these rows.
 */
import { join, resolve } from 'node:path'
import { leastPerMinute } from '../domain/rate-limit.ts'
import { commandLineSettings } from './command-line-settings.ts'
import { duration } from './duration.ts'
import { clustersFile, usableClustersFile } from './kubernetes/clusters.ts'
import { runtimeSettings } from './local-runtime/settings.ts'
import { prometheusSettings } from './metrics/prometheus-settings.ts'
import { programSettings } from './program-settings.ts'
import type { Setting } from './setting.ts'
import { choice, list, payloadKeys, port, text, url } from './setting.ts'
import { systemSettings } from './system-settings.ts'
import { telemetryVariables } from './telemetry/variables.ts'
import { trustedProxies } from './trusted-proxies.ts'

const loopback = ['127.0.0.1', 'localhost', '::1']

/** A port that a part of Holdfast listens on; a free one unless it is set. */
const ownPort = (variable: string, what: string) => ({
  variable,
  preset: '0',
  unit: 'port, 0 to 65535',
  schema: port,
  meaning: `${what}; 0: a free one`,
})

export const settings = {
  home: {
    variable: 'HOLDFAST_HOME',
    preset: '',
    unit: 'folder',
    schema: text.trim().transform((folder) => (folder === '' ? join(import.meta.dirname, '../.holdfast') : resolve(folder))),
    meaning: "folder of the local stack's state; empty: `.holdfast` beside the sources",
  },
  databaseUrl: {
    variable: 'DATABASE_URL',
    preset: null,
    unit: 'URL',
    schema: text.regex(/^postgres(ql)?:\/\//, 'must begin with postgres://'),
    meaning: 'PostgreSQL of the API and the workers; without it, `npm start` runs its own',
    secret: true,
  },
  temporalAddress: {
    variable: 'TEMPORAL_ADDRESS',
    preset: '127.0.0.1:7233',
    unit: 'host:port',
    schema: text.regex(/^\S+:\d+$/, 'must be host:port'),
    meaning: "address of Temporal's frontend",
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
    meaning: "base of links to Temporal's Web UI; empty: no links",
  },
  host: {
    variable: 'HOLDFAST_HOST',
    preset: '127.0.0.1',
    unit: 'address',
    schema: text.refine((host) => loopback.includes(host), 'must be a loopback address: another one is not supported yet'),
    meaning: 'address the API listens on',
  },
  port: {
    variable: 'HOLDFAST_PORT',
    preset: '7420',
    unit: 'port, 0 to 65535',
    schema: port,
    meaning: 'port of the API; 0: a free one',
  },
  allowedHosts: {
    variable: 'HOLDFAST_ALLOWED_HOSTS',
    preset: '',
    unit: 'hosts, by commas',
    schema: list,
    meaning: 'further values of `Host` that the API answers',
  },
  trustedProxies: {
    variable: 'HOLDFAST_TRUSTED_PROXIES',
    preset: '',
    unit: 'addresses or networks, by commas',
    schema: trustedProxies,
    meaning:
      'proxies in front of the API whose `X-Forwarded-For`, `-Proto` and `-Host` it trusts; it ignores these headers from all others',
  },
  rateLimit: {
    variable: 'HOLDFAST_RATE_LIMIT',
    preset: '60',
    unit: 'changes a minute, at least 12',
    schema: text
      .regex(/^\d{1,7}$/, 'must be a whole number')
      .transform(Number)
      .refine((value) => value >= leastPerMinute, `must be at least ${leastPerMinute}`),
    meaning: 'changes that one client (its key, else its address) may make in a minute; it may read twenty times as often',
  },
  redisUrl: {
    variable: 'HOLDFAST_REDIS_URL',
    preset: '',
    unit: 'URL',
    schema: text.refine((value) => value === '' || /^rediss?:\/\//.test(value), 'must begin with redis:// or rediss://'),
    meaning:
      'Redis that keeps the rate limits of all API replicas, with `maxmemory-policy noeviction`; empty: PostgreSQL keeps them',
    secret: true,
  },
  keyPepper: {
    variable: 'HOLDFAST_KEY_PEPPER',
    preset: null,
    unit: 'at least 32 characters',
    schema: text.min(32, 'must have at least 32 characters'),
    meaning: 'pepper for the stored hashes of API keys',
    secret: true,
  },
  localTarget: {
    variable: 'HOLDFAST_LOCAL_TARGET',
    preset: 'refuse',
    unit: 'refuse, allow',
    schema: choice(['refuse', 'allow']),
    meaning: 'whether declarations may name commands to run on this machine',
  },
  clusters: {
    variable: 'HOLDFAST_CLUSTERS_FILE',
    preset: '',
    unit: 'file',
    schema: clustersFile,
    firstSchema: usableClustersFile,
    meaning:
      'YAML file of the Kubernetes clusters that declarations may name, and of what the owners of services may use there; read at the start; a process that cannot use it starts all the same and reads it again once it has changed, and only `npm start` refuses it; empty: none',
  },
  ...runtimeSettings,
  runtimeMetricsPort: ownPort(
    'HOLDFAST_RUNTIME_METRICS_PORT',
    "port on which the local runtime serves its services' counters, for a Prometheus to scrape",
  ),
  artifactLimit: {
    variable: 'HOLDFAST_ARTIFACT_LIMIT',
    preset: '1024',
    unit: 'MiB, 1 to 9999999',
    schema: text.regex(/^[1-9]\d{0,6}$/, 'must be a whole number of MiB, at least 1').transform(Number),
    meaning: 'largest artifact that the local runtime of `npm start` accepts; files that are left out do not count',
  },
  artifactAgeMs: {
    variable: 'HOLDFAST_ARTIFACT_AGE',
    preset: '720h',
    unit: 'duration, 1h to 8784h',
    schema: duration.refine((ms) => ms >= 3_600_000, 'must be at least 1h'),
    meaning: 'time without use after which an artifact that nothing needs is removed',
  },
  artifactSpace: {
    variable: 'HOLDFAST_ARTIFACT_SPACE',
    preset: '20480',
    unit: 'MiB, 0 to 99999999',
    schema: text.regex(/^\d{1,8}$/, 'must be a whole number of MiB').transform(Number),
    meaning: 'space for all artifacts; beyond it, artifacts that nothing needs are removed, the longest unused first',
  },
  secretsFolder: {
    variable: 'HOLDFAST_SECRETS',
    preset: '',
    unit: 'folder',
    schema: text,
    meaning:
      'secrets of services that `npm start` releases, as `<service>/<name>` or `<service>/<environment>/<name>`; empty: `secrets` in the home',
  },
  servicesUser: {
    variable: 'HOLDFAST_SERVICES_USER',
    preset: '',
    unit: 'user',
    schema: text.regex(
      /^([A-Za-z_][\w.-]{0,31}\$?|\d{1,10}[:-]\d{1,10})?$/,
      'must be a user name, uid:gid, or a range of uids first-last',
    ),
    meaning:
      'user that runs released processes when root runs `npm start`: a name, `uid:gid`, or a range of uids `first-last`, of which each environment of a service gets its own; empty: the user that starts the stack',
  },
  dataFolder: {
    variable: 'HOLDFAST_DATA_FOLDER',
    preset: '',
    unit: 'folder',
    schema: text,
    meaning: 'folder whose disk `/readyz` and `/health` check; `npm start` sets its home; empty: none',
  },
  hookHosts: {
    variable: 'HOLDFAST_HOOK_HOSTS',
    preset: '',
    unit: 'hosts, by commas',
    schema: list,
    meaning: 'hosts (`host` or `host:port`) that hooks may call besides loopback',
  },
  ...prometheusSettings,
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
    meaning: 'folder of the built console',
  },
  workflowBundle: {
    variable: 'HOLDFAST_WORKFLOW_BUNDLE',
    preset: '',
    unit: 'file',
    schema: text,
    meaning: 'file of the built workflows; empty: a control worker builds them when it starts',
  },
  payloadKeys: {
    variable: 'HOLDFAST_PAYLOAD_KEYS',
    preset: '',
    unit: 'id:base64 of 32 bytes, by blanks',
    schema: payloadKeys,
    meaning:
      'keys that encrypt payloads on their way to Temporal: the first encrypts, each decrypts; empty: payloads stay readable there',
    secret: true,
  },
  metricsPort: ownPort(
    'HOLDFAST_METRICS_PORT',
    'port on which a worker serves `/metrics` (of `npm start` the first of four, for control, act, analysis, a second control)',
  ),
  analysisSlots: {
    variable: 'HOLDFAST_ANALYSIS_SLOTS',
    preset: '200',
    unit: 'number, 1 to 99999',
    schema: text.regex(/^[1-9]\d{0,4}$/, 'must be a whole number, at least 1').transform(Number),
    meaning: 'analyses, smoke tests and hooks that one analysis worker runs at once',
  },
  sweepEveryMs: {
    variable: 'HOLDFAST_SWEEP_EVERY',
    preset: '10s',
    unit: 'duration, 100ms to 8784h',
    schema: duration.refine((ms) => ms >= 100, 'must be at least 100ms'),
    meaning: 'time between two runs of the sweeper, which repairs what was lost',
  },
  ...telemetryVariables,
  logLevel: {
    variable: 'LOG_LEVEL',
    preset: 'info',
    unit: 'level',
    schema: choice(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    meaning: 'lowest level of log lines',
  },
  temporalPort: ownPort('HOLDFAST_TEMPORAL_PORT', 'port of the Temporal server that `npm start` runs'),
  temporalUiPort: ownPort('HOLDFAST_TEMPORAL_UI_PORT', 'port of its Web UI'),
  postgresPort: ownPort('HOLDFAST_POSTGRES_PORT', 'port of the PostgreSQL that `npm start` runs'),
  ...programSettings,
  ...commandLineSettings,
  ...systemSettings,
  test: {
    variable: 'HOLDFAST_TEST',
    preset: '',
    unit: '1',
    schema: choice(['', '1']),
    meaning: 'set by tests; only then does Holdfast read the settings that are for tests',
  },
  crashAt: {
    variable: 'HOLDFAST_CRASH_AT',
    preset: '',
    unit: 'crash point',
    schema: text,
    meaning: 'crash point at which the process ends itself',
    testOnly: true,
  },
  crashMarker: {
    variable: 'HOLDFAST_CRASH_MARKER',
    preset: '',
    unit: 'file',
    schema: text,
    meaning: 'file that the process writes at the crash point; a process that finds the file continues',
    testOnly: true,
  },
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof settings
