/**
 * An API with a real runtime and one declared service with the demo's artifact, for tests of the API. The service has a unique name,
 * because all tests of a run share one Temporal.
 */
import { Client, Connection } from '@temporalio/client'
import type { Database } from '../../adapters/postgres/database/database.ts'
import type { Answered, TestApi } from './api.ts'
import { startApi } from './api.ts'
import { demoArtifact } from './demo-artifact.ts'
import type { TestRuntime } from './runtime.ts'
import { startRuntime } from './runtime.ts'
import { testTemporal } from './temporal.ts'

export interface Shop extends AsyncDisposable {
  readonly api: TestApi
  readonly runtime: TestRuntime
  readonly name: string
  /** Path of the service. */
  readonly path: string
  /** The id of its release `number`. */
  id(number: number): string
  /** Declares it. `environment` changes its environment `production`, and `more` the service. */
  declare(environment?: object, more?: object): Promise<Answered>
  /** Requests a release. `body` adds to version and artifact. */
  release(version: string, body?: object, headers?: Readonly<Record<string, string>>, query?: string): Promise<Answered>
}

let shops = 0

export const shopDeclaration = (environment: object = {}, more: object = {}): object => ({
  kind: 'Service',
  name: 'shop',
  environments: [
    {
      name: 'production',
      target: { kind: 'local', command: [process.execPath, 'server.mjs'], drain: '1s', grace: '1s' },
      ...environment,
    },
  ],
  ...more,
})

export async function openShop(env: Readonly<Record<string, string>> = {}): Promise<Shop> {
  const runtime = await startRuntime()
  const api = await startApi({ HOLDFAST_RUNTIME_SOCKET: runtime.socket, ...env })
  shops += 1
  const name = `shop${shops}`
  const path = `/v1/services/${name}`
  const artifacts = new Map<string, string>()
  const declare: Shop['declare'] = (environment, more) =>
    api.ask('PUT', path, { body: shopDeclaration(environment, { name, ...more }) })
  await declare()
  return {
    api,
    runtime,
    name,
    path,
    id: (number) => `${name}-${number}`,
    declare,
    release(version, body = {}, headers = {}, query = '') {
      const folder = artifacts.get(version) ?? demoArtifact(version)
      artifacts.set(version, folder)
      return api.ask('POST', `${path}/releases${query}`, { body: { version, artifact: { path: folder }, ...body }, headers })
    },
    async [Symbol.asyncDispose]() {
      await terminateAll(api.db)
      await api[Symbol.asyncDispose]()
      await runtime[Symbol.asyncDispose]()
    },
  }
}

/** Workers of other tests poll the same queues and would take the workflows that are left. */
async function terminateAll(db: Database): Promise<void> {
  const rows = await db.query<{ id: string }>(
    `select 'release/' || service || '/' || id as id from release union select id from rollback union select workflow_id from turn`,
  )
  if (rows.length === 0) return
  const connection = await Connection.connect({ address: (await testTemporal()).address })
  const { workflow } = new Client({ connection })
  await Promise.all(
    rows.map(({ id }) =>
      workflow
        .getHandle(id)
        .terminate('the test is over')
        .catch(() => {}),
    ),
  )
  await connection.close()
}
