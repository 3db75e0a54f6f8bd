/** Composition root of the API process: reads the settings, opens the dependencies, listens on loopback, drains on SIGTERM. */
import { Client, Connection } from '@temporalio/client'
import { drainOf } from '../adapters/server-drain.ts'
import { logBorne, readConfig } from '../adapters/config.ts'
import { fullDisk } from '../adapters/full-disk.ts'
import { hookRefusal } from '../adapters/hook.ts'
import { measureLog } from '../adapters/log-metrics.ts'
import { createLog } from '../adapters/log.ts'
import { createLimit } from '../adapters/limit/index.ts'
import { metricsProviders } from '../adapters/metrics/index.ts'
import { onceWithin } from '../adapters/metrics/once-within.ts'
import { createAccepting } from '../adapters/postgres/releases/accepting.ts'
import { createAsking } from '../adapters/postgres/rollouts/asking.ts'
import { createEventFeed } from '../adapters/postgres/events/event-feed.ts'
import { createEventReads } from '../adapters/postgres/events/event-reads.ts'
import { createIdempotency } from '../adapters/postgres/access/idempotency.ts'
import { createKeys, pepperOf } from '../adapters/postgres/access/keys.ts'
import { readMeasures } from '../adapters/postgres/releases/measures.ts'
import { createDatabase } from '../adapters/postgres/database/database.ts'
import { createQueues } from '../adapters/postgres/rollouts/queues.ts'
import { createReleaseQueries } from '../adapters/postgres/releases/release-queries.ts'
import { createServices } from '../adapters/postgres/services/services.ts'
import { createSessions } from '../adapters/postgres/access/sessions.ts'
import { createStarts } from '../adapters/postgres/releases/starts.ts'
import { claiming, findProvider, holder, locating, opener, refuser, settingsOf } from '../adapters/provider.ts'
import { artifactStores, setAside, targetProviders } from '../adapters/target/index.ts'
import { startTelemetry } from '../adapters/telemetry/start-telemetry.ts'
import { telemetrySettings } from '../adapters/telemetry/variables.ts'
import { codecOf } from '../adapters/temporal/codec.ts'
import { createPayloads } from '../adapters/temporal/payloads.ts'
import { createControl } from '../adapters/temporal/client.ts'
import { countRequests } from '../adapters/temporal/request-metrics.ts'
import { trafficProviders } from '../adapters/traffic/index.ts'
import { createDeclarationSchema } from '../schema/declaration.ts'
import { StoredEvent } from '../schema/events.ts'
import { createApp } from './app.ts'
import type { ApiDependencies } from './dependencies.ts'
import { createApiMetrics } from './metrics.ts'
import { createApiServer } from './server.ts'

const own = [
  'databaseUrl',
  'temporalAddress',
  'temporalNamespace',
  'temporalUiUrl',
  'host',
  'port',
  'allowedHosts',
  'trustedProxies',
  'keyPepper',
  'localTarget',
  'dataFolder',
  'hookHosts',
  'consoleUrl',
  'consoleFolder',
  'payloadKeys',
  'rateLimit',
  'redisUrl',
  'logLevel',
  ...telemetrySettings,
] as const
const ofProviders = settingsOf([...targetProviders, ...trafficProviders, ...metricsProviders])
const config = readConfig(process.env, own, ofProviders)
const log = createLog('api', config.logLevel)
logBorne(log, process.env, ofProviders)
const telemetry = await startTelemetry(config, process.env, { service: 'holdfast-api', log })
const stopping = new AbortController()
const db = createDatabase({ url: config.databaseUrl, applicationName: 'holdfast-api', maxConnections: 20 })
const feed = createEventFeed(config.databaseUrl)
const metrics = createApiMetrics(() => readMeasures(db))
measureLog(metrics.registry)
telemetry.measure(async () => `${await metrics.registry.metrics()}\n${await metrics.domain()}`)
const connection = Connection.lazy({
  address: config.temporalAddress,
  interceptors: countRequests(metrics.registry, config.temporalNamespace),
})
const limit = createLimit({
  db,
  redisUrl: config.redisUrl,
  onAway: (isAway, error) =>
    isAway
      ? log.warn({ err: error }, 'Redis is away: the database keeps the rate limits')
      : log.info('Redis keeps the rate limits again'),
})

/** Any client may ask for the health as often as it likes. The dependencies are asked at most once in this time. */
const soonMs = 250
const [pinged, seen, setAsideOnce] = [
  onceWithin<string, void>(soonMs),
  onceWithin<string, string | null>(soonMs),
  onceWithin<string, readonly string[]>(soonMs),
]
const control = createControl(
  new Client({
    connection,
    namespace: config.temporalNamespace,
    interceptors: telemetry.clientInterceptors,
    ...codecOf(config.payloadKeys),
  }),
)
const findSetAside = setAside(config)
const locationOf = locating(targetProviders, trafficProviders)

const dependencies: ApiDependencies = {
  log,
  services: createServices(db, locationOf),
  accepting: createAccepting(db, locationOf),
  queries: createReleaseQueries(db),
  queues: createQueues(db),
  starts: createStarts(db),
  asking: createAsking(db),
  events: createEventReads(db, (json) => StoredEvent.parse(json)),
  feed,
  idempotency: createIdempotency(db),
  keys: createKeys(db, pepperOf(config.keyPepper)),
  sessions: createSessions(db, limit),
  limit,
  control: { ...control, ping: () => pinged('temporal', () => control.ping()) },
  payloads: createPayloads(config.payloadKeys),
  targetKinds: targetProviders.map(({ kind }) => kind),
  artifacts: artifactStores(config),
  target: opener(targetProviders, config),
  printed: onceWithin(800),
  namesCommands: ({ kind }) => findProvider(targetProviders, kind).namesCommands,
  secretsIn: ({ kind, config: declared }) => findProvider(targetProviders, kind).secretsIn(declared),
  traffic: opener(trafficProviders, config),
  metrics: opener(metricsProviders, config),
  claimsOf: claiming(trafficProviders),
  heldClaims: holder(trafficProviders, config),
  targetRefusal: refuser(targetProviders, config),
  metricsRefusal: refuser(metricsProviders, config),
  setAside: () => setAsideOnce('target', findSetAside),
  fullDisk: () => seen('disk', () => fullDisk(config.dataFolder)),
  hookRefusal: (url) => hookRefusal(url, config.hookHosts),
  pingDatabase: () =>
    pinged('database', async () => {
      await db.build.selectNoFrom((eb) => eb.lit(1).as('one')).execute()
    }),
  declaration: createDeclarationSchema({ targets: targetProviders, traffics: trafficProviders, metrics: metricsProviders }),
  settings: {
    allowedHosts: config.allowedHosts,
    trustedProxies: config.trustedProxies,
    rateLimit: config.rateLimit,
    allowLocalTarget: config.localTarget === 'allow',
    consoleUrl: config.consoleUrl.replace(/\/+$/, ''),
    consoleFolder: config.consoleFolder,
    temporalUiUrl: config.temporalUiUrl.replace(/\/+$/, ''),
    temporalNamespace: config.temporalNamespace,
  },
}

const app = createApp(dependencies, metrics, stopping.signal)
const answer = app.callback()
const server = createApiServer((request, response) => void answer(request, response))
const drain = drainOf(server)
server.once('error', (error) => {
  log.fatal({ err: error }, 'cannot listen')
  process.exit(1)
})
server.listen(config.port, config.host, () => log.info({ address: server.address() }, 'listening'))

/** With the 3 s that telemetry may take at its end, this stays below the 10 s after which a process manager kills. */
const graceMs = 6_000

/**
 * The server drains and streams end. Telemetry sends its last metrics while the database is still open, because some of them come from it.
 */
async function end(): Promise<void> {
  if (stopping.signal.aborted) return
  stopping.abort()
  await drain(graceMs)
  await telemetry.end()
  await feed.close()
  await connection.close()
  limit.close()
  await db.close()
  log.info('stopped')
}
process.once('SIGTERM', () => void end())
process.once('SIGINT', () => void end())
