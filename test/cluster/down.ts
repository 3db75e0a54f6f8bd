/** Ends a cluster, in the order that loses least, by what was recorded of it: whoever started it may be gone, and may not have come far. */
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { endLeftover } from '../../ops/components/process.ts'
import { endLeftPods } from './kubelet/pod-process.ts'
import { networksOf, removeNetwork } from './network.ts'
import { podPids } from './parts.ts'
import type { ClusterHome } from './cluster-home.ts'

/** Who is asked by others ends after them. What is not named here ends first. */
const lastOnes = ['kubelet', 'kube-proxy', 'kube-scheduler', 'kube-controller-manager', 'kube-apiserver', 'etcd', 'forward-api']

/** Nothing of it is left: process, network or file; but its logs on request, since they say why it is not up. */
export async function down({ folder, network }: ClusterHome, { keepLogs = false } = {}): Promise<void> {
  for (const part of await recorded(folder)) await endLeftover(join(folder, `${part}.pid`), 'SIGTERM', graceMs)
  await endLeftPods(podPids(folder), await entries(podPids(folder)))
  await removeNetwork(network)
  if (!keepLogs) return rm(folder, { recursive: true, force: true })
  for (const entry of await entries(folder)) if (entry !== 'logs') await rm(join(folder, entry), { recursive: true, force: true })
}

/** Is anything of it there? */
export const isThere = async ({ folder, network }: ClusterHome): Promise<boolean> =>
  existsSync(folder) || (await networksOf(network)).length > 0

/** The API server waits a minute for watches to end; nobody watches any more. */
const graceMs = 3_000

/** A pid file says what was started, whether or not it runs. Lost ones are found by the network. */
export async function recorded(folder: string): Promise<readonly string[]> {
  const parts = (await entries(folder)).filter((file) => file.endsWith('.pid')).map((file) => file.slice(0, -'.pid'.length))
  return [...parts.filter((part) => !lastOnes.includes(part)), ...lastOnes.filter((part) => parts.includes(part))]
}

const entries = (folder: string): Promise<readonly string[]> => readdir(folder).catch(() => [])
