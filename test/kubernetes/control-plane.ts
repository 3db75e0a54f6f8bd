/**
 * The API server of the run's cluster, for tests of writes: through our client as an administrator and as a user without rights, and by
 * requests of the test's own.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { KubeConfig } from '@kubernetes/client-node'
import { parse, stringify } from 'yaml'
import { createApiServer } from '../../adapters/kubernetes/api-server.ts'
import type { ApiServer } from '../../adapters/kubernetes/api-server.ts'
import type { AdditionName } from '../cluster/additions/index.ts'
import { usualBounds } from '../../adapters/kubernetes/requests.ts'
import type { ProviderSettings } from '../../adapters/provider.ts'
import { testKubeconfig } from '../cluster/for-tests.ts'
import { atEnd } from '../stack/at-end.ts'

export interface ControlPlane {
  readonly server: ApiServer
  /** Those of an operator whose file names this cluster 'test'. */
  readonly settings: ProviderSettings
  /** The client of a user that the API server knows and that has no right at all. */
  readonly nobody: ApiServer
  /** Makes a namespace for one test. */
  namespace(): Promise<string>
  /** Sends a request as an administrator, as another program would. Answers the status. */
  ask(method: string, path: string, body: object, type?: string): Promise<number>
  /** Gets `path` as an administrator, through the API server also from a Service. */
  get(path: string): Promise<{ readonly status: number; readonly body: string }>
}

/** A loaded machine answers late, and is not what these tests are about. */
const patient = { ...usualBounds, openMs: 60_000, connectMs: 60_000, answerMs: 60_000 }

let opened: Promise<ControlPlane> | undefined

/** @param needed what the test needs beyond a control plane and a node */
export async function controlPlane(...needed: readonly AdditionName[]): Promise<ControlPlane> {
  await testKubeconfig(...needed)
  return (opened ??= open())
}

async function open(): Promise<ControlPlane> {
  const kubeconfig = await testKubeconfig()
  const folder = mkdtempSync(join(tmpdir(), 'hf-kubeconfig-'))
  atEnd(async () => rmSync(folder, { recursive: true, force: true }))
  const config = parse(readFileSync(kubeconfig, 'utf8')) as {
    readonly users: readonly { readonly name: string; readonly user: object }[]
  }
  const users = config.users.map(({ name, user }) => ({ name, user: { ...user, as: 'holdfast-test-nobody' } }))
  const other = join(folder, 'nobody')
  writeFileSync(other, stringify({ ...config, users }), { mode: 0o600 })
  const [server, nobody] = [kubeconfig, other].map((file) => createApiServer('test', { kubeconfig: file, owners: {} }, patient))
  if (!server || !nobody) throw new Error('two of two')
  atEnd(async () => void (await Promise.all([server.close(), nobody.close()])))
  const send = sending(kubeconfig)
  const clusters = { test: { kubeconfig, owners: {} } }
  const ask: ControlPlane['ask'] = async (...asked) => (await send(...asked)).status
  return {
    server,
    settings: { clusters: () => clusters },
    nobody,
    ask,
    get: (path) => send('GET', path),
    async namespace() {
      const name = `t-${randomBytes(5).toString('hex')}`
      const status = await ask('POST', '/api/v1/namespaces', { metadata: { name } })
      if (status !== 201) throw new Error(`the namespace ${name} was answered ${status}`)
      atEnd(async () => void (await ask('DELETE', `/api/v1/namespaces/${name}`, {})))
      return name
    },
  }
}

function sending(kubeconfig: string) {
  const config = new KubeConfig()
  config.loadFromFile(kubeconfig)
  return async (method: string, path: string, body?: object, type = 'application/json') => {
    const options = { method, headers: {} }
    await config.applyToHTTPSOptions(options)
    const headers = { ...options.headers, 'content-type': type }
    const asked = request(new URL(path, config.getCurrentCluster()?.server), { ...options, headers })
    const answered = new Promise<{ readonly status: number; readonly body: string }>((resolve, reject) => {
      asked.once('error', reject)
      asked.once('response', (answer) => {
        text(answer).then((said) => resolve({ status: answer.statusCode ?? 0, body: said }), reject)
      })
    })
    asked.end(body && JSON.stringify(body))
    return answered
  }
}
