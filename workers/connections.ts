/** Connects a worker with activities to the database and Temporal. The worker's own file opens the other dependencies. */
import { Client, Connection } from '@temporalio/client'
import type { Config } from '../adapters/config.ts'
import type { Around } from '../adapters/crash-point.ts'
import { createCrashPoint } from '../adapters/crash-point.ts'
import type { Database } from '../adapters/postgres/database/database.ts'
import { createDatabase } from '../adapters/postgres/database/database.ts'
import type { Telemetry } from '../adapters/telemetry/telemetry.ts'
import { codecOf } from '../adapters/temporal/codec.ts'
import type { Executions } from '../adapters/temporal/executions.ts'
import { createExecutions } from '../adapters/temporal/executions.ts'

export const connectionSettings = [
  'databaseUrl',
  'temporalAddress',
  'temporalNamespace',
  'payloadKeys',
  'crashAt',
  'crashMarker',
] as const

export interface Connections {
  readonly db: Database
  readonly client: Client
  readonly executions: Executions
  /** The crash points at which tests kill this process. */
  readonly around: Around
  close(): Promise<void>
}

/** Connects lazily, so that the worker starts even while a server is unavailable. The activities retry. */
export function openConnections(
  config: Config<(typeof connectionSettings)[number]>,
  applicationName: string,
  telemetry: Telemetry,
): Connections {
  const around = createCrashPoint(config.crashAt, config.crashMarker)
  const db = createDatabase({ url: config.databaseUrl, applicationName, around })
  const connection = Connection.lazy({ address: config.temporalAddress })
  const client = new Client({
    connection,
    namespace: config.temporalNamespace,
    interceptors: telemetry.clientInterceptors,
    ...codecOf(config.payloadKeys),
  })
  return {
    db,
    client,
    executions: createExecutions(client),
    around,
    async close() {
      await connection.close()
      await db.close()
    },
  }
}
