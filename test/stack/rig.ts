/** Everything but the API, for tests of workflows: database, Temporal, runtime, workers, and one declared service. */
import { Client, Connection } from '@temporalio/client'
import { createAccepting } from '../../adapters/postgres/releases/accepting.ts'
import { createEventReads } from '../../adapters/postgres/events/event-reads.ts'
import type { Database } from '../../adapters/postgres/database/database.ts'
import { createDatabase } from '../../adapters/postgres/database/database.ts'
import { createServices } from '../../adapters/postgres/services/services.ts'
import { localTarget } from '../../adapters/target/local.ts'
import type { Control } from '../../adapters/temporal/client.ts'
import { createControl } from '../../adapters/temporal/client.ts'
import { localTraffic } from '../../adapters/traffic/local.ts'
import type { StoredEvent } from '../../domain/events/event.ts'
import type { Service, Strategy } from '../../domain/plan/service.ts'
import { StoredEvent as StoredEventSchema } from '../../schema/events.ts'
import { planOf } from '../domain/rollout/rollout-machine.ts'
import type { Behaviour } from './demo-artifact.ts'
import { demoArtifact } from './demo-artifact.ts'
import { testDatabase } from './postgres.ts'
import type { TestRuntime } from './runtime.ts'
import { startRuntime } from './runtime.ts'
import { testTemporal } from './temporal.ts'
import { until } from './until.ts'
import type { Workers } from './workers.ts'
import { locationOf } from './location-of.ts'
import { startWorkers } from './workers.ts'

export interface Rig extends AsyncDisposable {
  readonly db: Database
  readonly client: Client
  readonly control: Control
  readonly runtime: TestRuntime
  readonly workers: Workers
  /** Declares a service with one environment `production`. */
  declare(service: Service): Promise<void>
  /** Accepts and starts a release of the demo service with this behaviour. Resolves with its id. */
  release(service: string, version: string, behaviour?: Behaviour): Promise<string>
  /** Resolves with the outcome. */
  outcome(release: string, withinMs?: number): Promise<string>
  events(release: string): Promise<readonly StoredEvent[]>
}

const ann = { kind: 'person', id: 'ann' } as const

/** A test's own servers instead of the run's, and further settings of its workers. */
export interface RigOptions {
  readonly databaseUrl?: string
  readonly temporalAddress?: string
  readonly workerEnv?: Readonly<Record<string, string>>
}

export async function startRig({ databaseUrl: ownUrl, temporalAddress, workerEnv = {} }: RigOptions = {}): Promise<Rig> {
  const [databaseUrl, address, runtime] = await Promise.all([
    ownUrl ?? testDatabase(),
    temporalAddress ?? testTemporal().then((server) => server.address),
    startRuntime(),
  ])
  const db = createDatabase({ url: databaseUrl, applicationName: 'test' })
  const connection = Connection.lazy({ address })
  const client = new Client({ connection })
  const control = createControl(client)
  const workers = await startWorkers({
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: address,
    HOLDFAST_RUNTIME_SOCKET: runtime.socket,
    ...workerEnv,
  })
  const accepting = createAccepting(db, locationOf)
  return {
    db,
    client,
    control,
    runtime,
    workers,
    async declare(service) {
      await db.query('insert into service (name, declaration, declaration_digest) values ($1, $2, $3)', [
        service.name,
        JSON.stringify(service),
        'd',
      ])
      for (const { name } of service.environments)
        await db.query('insert into environment (service, name) values ($1, $2)', [service.name, name])
    },
    async release(service, version, behaviour = {}) {
      const { digest } = await runtime.client.importArtifact(demoArtifact(version, behaviour))
      const input = {
        version,
        artifact: digest,
        until: null,
        now: false,
        note: null,
        retryOf: null,
        requestedBy: ann,
        declarationDigest: 'd',
      }
      const { plan } = await accepting.release(await declared(db, service), input, null, () => ({
        status: 202,
        location: '',
        body: {},
      }))
      await control.startRelease(plan)
      await db.query('update release set started_at = now() where id = $1', [plan.release])
      return plan.release
    },
    outcome: (release, withinMs = 60_000) =>
      until(
        `outcome of ${release}`,
        async () =>
          (await db.query<{ outcome: string | null }>('select outcome from release where id = $1', [release]))[0]?.outcome,
        withinMs,
      ),
    events: (release) =>
      createEventReads(db, (json) => StoredEventSchema.parse(json)).after({ kind: 'release', id: release }, 0, 1_000),
    async [Symbol.asyncDispose]() {
      await workers[Symbol.asyncDispose]()
      await connection.close()
      await db.close()
      await runtime[Symbol.asyncDispose]()
    },
  }
}

/** The service's present declaration. */
export async function declared(db: Database, name: string): Promise<Service> {
  const row = await createServices(db, locationOf).read(name)
  if (!row) throw new Error(`nobody declared ${name}`)
  return row.declaration
}

export const quickCanary: Strategy = {
  kind: 'canary',
  steps: [
    { weight: 20, bake: { minMs: 1_000, maxMs: 30_000 }, gate: null },
    { weight: 50, bake: { minMs: 1_000, maxMs: 30_000 }, gate: null },
  ],
  progressDeadlineMs: 10_000,
  scaleDownDelayMs: 0,
}

/** A service with the demo's artifact, whose bakes last seconds. `env` sets its behaviour. */
export function quickService(
  name: string,
  strategy: Strategy = quickCanary,
  env: Readonly<Record<string, string>> = {},
): Service {
  const { hooks, analysis, metrics } = planOf()
  const objective = { errors: 0.02, slow: { overMs: 500, share: 0.05 } }
  const target = localTarget.config.parse({
    command: [process.execPath, 'server.mjs'],
    env,
    replicas: 2,
    drain: '2s',
    grace: '2s',
  })
  return {
    name,
    owners: [],
    database: null,
    alpha: 0.01,
    objective,
    environments: [
      {
        name: 'production',
        after: [],
        target: { kind: 'local', config: target },
        traffic: { kind: 'local', config: localTraffic.config.parse({ timeout: '1s' }) },
        metrics,
        strategy,
        smoke: [],
        hooks,
        analysis: { ...analysis, lookMs: 500, metrics: [{ kind: 'errors', share: 1, dryRun: false }] },
        watchMs: 2_000,
        onBusy: 'wait',
      },
    ],
  }
}
