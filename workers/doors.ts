/** Opens what activities act through: the database, Temporal, and the providers that declarations name. */
import { Client, Connection } from '@temporalio/client'
import type { Doors } from '../activities/doors.ts'
import type { Config } from '../adapters/config.ts'
import type { Around } from '../adapters/crash-point.ts'
import { createCrashPoint } from '../adapters/crash-point.ts'
import { metricsProviders } from '../adapters/metrics/index.ts'
import { createAnalyses } from '../adapters/postgres/analysis/analyses.ts'
import { createRolloutLedger } from '../adapters/postgres/rollouts/rollout-ledger.ts'
import type { Database } from '../adapters/postgres/database/pool.ts'
import { createDatabase } from '../adapters/postgres/database/pool.ts'
import type { ProviderSettings } from '../adapters/provider.ts'
import { opener, settingsOf } from '../adapters/provider.ts'
import { targetProviders } from '../adapters/target/index.ts'
import type { Target } from '../adapters/target/target.ts'
import type { Telemetry } from '../adapters/telemetry/telemetry.ts'
import { codecOf } from '../adapters/temporal/codec.ts'
import type { Executions } from '../adapters/temporal/executions.ts'
import { createExecutions } from '../adapters/temporal/executions.ts'
import { trafficProviders } from '../adapters/traffic/index.ts'
import type { Traffic } from '../adapters/traffic/traffic.ts'

export const doorSettings = [
  'databaseUrl',
  'temporalAddress',
  'temporalNamespace',
  'payloadKeys',
  'crashAt',
  'crashMarker',
] as const

export const providerSettings = settingsOf([...targetProviders, ...trafficProviders, ...metricsProviders])

export interface Opened {
  readonly doors: Doors
  readonly db: Database
  readonly client: Client
  readonly executions: Executions
  close(): Promise<void>
}

/** Connects lazily: a server that is away is weather for the activities, not a reason not to start. */
export async function openDoors(
  config: Config<(typeof doorSettings)[number]> & ProviderSettings,
  applicationName: string,
  telemetry: Telemetry,
): Promise<Opened> {
  const around = createCrashPoint(config.crashAt, config.crashMarker)
  const db = createDatabase({ url: config.databaseUrl, applicationName, around })
  const connection = Connection.lazy({ address: config.temporalAddress })
  const client = new Client({
    connection,
    namespace: config.temporalNamespace,
    interceptors: telemetry.clientInterceptors,
    ...codecOf(config.payloadKeys),
  })
  const executions = createExecutions(client)
  const ledger = createRolloutLedger(db, executions.currentRun)
  const targets = opener(targetProviders, config)
  const traffics = opener(trafficProviders, config)
  const doors: Doors = {
    ledger,
    analyses: createAnalyses(db),
    target: (provider) => targetWith(around, targets(provider)),
    traffic: (provider) => trafficWith(around, traffics(provider)),
    metrics: opener(metricsProviders, config),
    look: executions.look,
  }
  const close = async () => {
    await connection.close()
    await db.close()
  }
  return { doors, db, client, executions, close }
}

const targetWith = (around: Around, target: Target): Target => ({
  ...target,
  run: (...given) => around('target.run', () => target.run(...given)),
  remove: (...given) => around('target.remove', () => target.remove(...given)),
})

const trafficWith = (around: Around, traffic: Traffic): Traffic => ({
  ...traffic,
  open: (...given) => around('traffic.open', () => traffic.open(...given)),
  setWeights: (...given) => around('traffic.set-weights', () => traffic.setWeights(...given)),
})
