/** Says of each part of a cluster whether it runs, and whether the API server says that it is ready. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRunning } from '../../ops/components/process.ts'
import { answers } from './api-server.ts'
import type { ApiServer } from './api-server.ts'
import { recorded } from './down.ts'
import type { ClusterHome } from './cluster-home.ts'

export interface Status {
  readonly isUp: boolean
  readonly lines: readonly string[]
}

export async function statusOf({ name, folder }: ClusterHome): Promise<Status> {
  const parts = await recorded(folder)
  if (parts.length === 0) return { isUp: false, lines: [`there is no cluster ${name}`] }
  const ended = parts.filter((part) => !isRunning(join(folder, `${part}.pid`)))
  const api = apiServerOf(folder)
  const isReady = api !== undefined && (await answers(api, '/readyz'))
  const says = isReady ? `ready at ${api?.url}` : 'not ready'
  const lines = parts.map((part) => `  ${part.padEnd(24)} ${ended.includes(part) ? 'ended' : 'runs'}`)
  return { isUp: isReady && ended.length === 0, lines: [`cluster ${name}: ${says}`, ...lines] }
}

/** The API server as the kubeconfig for outside of the network names it. */
export function apiServerOf(folder: string): ApiServer | undefined {
  const file = join(folder, 'kubeconfig')
  if (!existsSync(file)) return undefined
  const { clusters, users } = JSON.parse(readFileSync(file, 'utf8')) as Written
  const [cluster, user] = [clusters[0]?.cluster, users[0]?.user]
  if (!cluster || !user) return undefined
  return { url: cluster.server, authority: cluster['certificate-authority'], token: user.token }
}

interface Written {
  readonly clusters: readonly { readonly cluster: { readonly server: string; readonly 'certificate-authority': string } }[]
  readonly users: readonly { readonly user: { readonly token: string } }[]
}
