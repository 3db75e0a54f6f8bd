/** Ends a cluster by its pid files and its network. The process that started it may have ended, even half-way. */
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { endLeftover } from '../../ops/components/process.ts'
import { removeLeftGroups } from './kubelet/memory-group.ts'
import { endLeftPods } from './kubelet/pod-process.ts'
import { networksOf, removeNetwork } from './network.ts'
import { nodeFolder, podPids } from './parts.ts'
import type { ClusterHome } from './cluster-home.ts'

/** The parts in the order of their end: clients before their servers. A part that is not named here ends before all of them. */
const lastOnes = [
  'kubelet',
  'kube-proxy',
  'kube-scheduler',
  'kube-controller-manager',
  'kube-apiserver',
  'etcd',
  'forward-api',
  'forward-gateway',
]

/** Leaves no process, network, memory group or file of the cluster. With `keepLogs` it leaves the logs, which say why a cluster did not come up. */
export async function down({ folder, network }: ClusterHome, { keepLogs = false } = {}): Promise<void> {
  for (const part of await recorded(folder)) await endLeftover(join(folder, `${part}.pid`), 'SIGTERM', graceMs)
  await endLeftPods(podPids(folder), await entries(podPids(folder)))
  await removeLeftGroups(nodeFolder(folder))
  await removeNetwork(network)
  if (!keepLogs) return rm(folder, { recursive: true, force: true })
  for (const entry of await entries(folder)) if (entry !== 'logs') await rm(join(folder, entry), { recursive: true, force: true })
}

/** Whether a file or a network of the cluster exists. */
export const isThere = async ({ folder, network }: ClusterHome): Promise<boolean> =>
  existsSync(folder) || (await networksOf(network)).length > 0

/** On SIGTERM the API server waits a minute for watches to end. Nobody watches any more, so it is killed sooner. */
const graceMs = 3_000

/** The parts that have a pid file, whether or not they run. A part whose pid file was lost is found in the network. */
export async function recorded(folder: string): Promise<readonly string[]> {
  const parts = (await entries(folder)).filter((file) => file.endsWith('.pid')).map((file) => file.slice(0, -'.pid'.length))
  return [...parts.filter((part) => !lastOnes.includes(part)), ...lastOnes.filter((part) => parts.includes(part))]
}

const entries = (folder: string): Promise<readonly string[]> => readdir(folder).catch(() => [])
