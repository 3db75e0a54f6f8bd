/** An API with a real runtime, and one declared service `shop` of the demo's artifact: what tests of the API ask about. */
import type { Answered, TestApi } from './api.ts'
import { startApi } from './api.ts'
import { demoArtifact } from './demo-artifact.ts'
import type { TestRuntime } from './runtime.ts'
import { startRuntime } from './runtime.ts'

export interface Shop extends AsyncDisposable {
  readonly api: TestApi
  readonly runtime: TestRuntime
  /** Declares `shop`; `environment` changes its environment `production`, `more` the service. */
  declare(environment?: object, more?: object): Promise<Answered>
  /** Asks for a release; `body` adds to version and artifact. */
  release(version: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<Answered>
}

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
  const artifacts = new Map<string, string>()
  const declare: Shop['declare'] = (environment, more) =>
    api.ask('PUT', '/v1/services/shop', { body: shopDeclaration(environment, more) })
  await declare()
  return {
    api,
    runtime,
    declare,
    release(version, body = {}, headers = {}) {
      const path = artifacts.get(version) ?? demoArtifact(version)
      artifacts.set(version, path)
      return api.ask('POST', '/v1/services/shop/releases', { body: { version, artifact: { path }, ...body }, headers })
    },
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]()
      await runtime[Symbol.asyncDispose]()
    },
  }
}
