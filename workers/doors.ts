/** Opens what activities act through: the database, Temporal, and the products that declarations name. */
import { Client, Connection } from '@temporalio/client'
import type { Doors } from '../activities/doors.ts'
import type { Config } from '../adapters/config.ts'
import { metricsProducts } from '../adapters/metrics/index.ts'
import { createAnalyses } from '../adapters/postgres/analyses.ts'
import { createLedger } from '../adapters/postgres/ledger.ts'
import type { Database } from '../adapters/postgres/pool.ts'
import { createDatabase } from '../adapters/postgres/pool.ts'
import { findProduct } from '../adapters/product.ts'
import { targetProducts } from '../adapters/target/index.ts'
import type { Executions } from '../adapters/temporal/executions.ts'
import { createExecutions } from '../adapters/temporal/executions.ts'
import { trafficProducts } from '../adapters/traffic/index.ts'
import type { Product } from '../domain/service.ts'

export const doorSettings = ['databaseUrl', 'temporalAddress', 'temporalNamespace', 'runtimeSocket'] as const

export interface Opened {
  readonly doors: Doors
  readonly db: Database
  readonly client: Client
  readonly executions: Executions
  close(): Promise<void>
}

/** Connects lazily: a server that is away is weather for the activities, not a reason not to start. */
export async function openDoors(config: Config<(typeof doorSettings)[number]>, applicationName: string): Promise<Opened> {
  const db = createDatabase({ url: config.databaseUrl, applicationName })
  const connection = Connection.lazy({ address: config.temporalAddress })
  const client = new Client({ connection, namespace: config.temporalNamespace })
  const executions = createExecutions(client)
  const ledger = createLedger(db, executions.currentRun)
  const given = { runtimeSocket: config.runtimeSocket }
  const target = once(({ kind, config }) => findProduct(targetProducts, kind).create(given, config))
  const traffic = once(({ kind, config }) => findProduct(trafficProducts, kind).create(given, config))
  const metrics = once(({ kind, config }) => findProduct(metricsProducts, kind).create(given, config))
  const doors: Doors = {
    ledger,
    analyses: createAnalyses(db),
    target,
    traffic,
    metrics,
    look: executions.look,
  }
  const close = async () => {
    await connection.close()
    await db.close()
  }
  return { doors, db, client, executions, close }
}

/** One instance of a product per configuration: connections and shared scrapes are kept. */
function once<Door>(create: (product: Product) => Door): (product: Product) => Door {
  const made = new Map<string, Door>()
  return (product) => {
    const key = JSON.stringify(product)
    const found = made.get(key)
    if (found) return found
    const door = create(product)
    made.set(key, door)
    return door
  }
}
