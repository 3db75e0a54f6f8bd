/** Boots a cluster: its network, its secrets, and then its processes in order. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import type { Variables } from '../../adapters/config.ts'
import { startTime } from '../../adapters/process/process-table.ts'
import { etcd } from '../../ops/components/etcd.ts'
import { kubernetes } from '../../ops/components/kubernetes.ts'
import { nft } from '../../ops/components/nft.ts'
import { untilUp } from '../../ops/components/process.ts'
import { answers } from './api-server.ts'
import type { ApiServer } from './api-server.ts'
import type { Tokens, User } from './certificates.ts'
import { makeSecrets } from './certificates.ts'
import { down } from './down.ts'
import { kubeconfigOf, writeKubeconfig } from './kubeconfig.ts'
import { makeNetwork } from './network.ts'
import type { Ingredients } from './parts.ts'
import { apiServerPart, etcdPart, followingParts, kubeletPart } from './parts.ts'
import { forwardPart, listening, logOf, start, startUntil } from './start-part.ts'
import type { ClusterHome } from './cluster-home.ts'
import { addresses } from './cluster-home.ts'

export interface Cluster {
  readonly home: ClusterHome
  readonly api: ApiServer
  /** The administrator's, for outside of the cluster's network. */
  readonly kubeconfig: string
  /** The folder of kubectl and the other programs. */
  readonly programs: string
}

/**
 * Boots a cluster. It first ends what is left of an earlier one of the same name. When a part does not come up, it ends the others.
 * @param starter a process that the cluster should not outlive; once it has ended, any run may end the cluster
 */
export async function up(home: ClusterHome, env: Variables, say: (line: string) => void, starter?: number): Promise<Cluster> {
  const [etcdFound, kubernetesFound, nftFound] = [
    await etcd.find(env, say),
    await kubernetes.find(env, say),
    await nft.find(env, say),
  ]
  await down(home)
  try {
    const { folder, network } = home
    await mkdir(join(folder, 'logs'), { recursive: true, mode: 0o700 })
    if (starter !== undefined)
      await writeFile(join(folder, 'starter.json'), JSON.stringify({ pid: starter, startedAt: startTime(starter) }))
    await makeNetwork(network)
    const secrets = join(folder, 'secrets')
    const tokens = await makeSecrets(secrets)
    const listener = await listening()
    const url = `https://127.0.0.1:${(listener.address() as AddressInfo).port}`
    const api = { url, authority: join(secrets, 'ca.crt'), token: tokens.admin }
    const kubeconfig = await writeKubeconfigs(home, api, tokens)
    const ingredients: Ingredients = {
      etcd: etcdFound.path,
      kubernetes: kubernetesFound.path,
      nft: nftFound.path,
      folder,
      secrets,
    }
    await startControlPlane(home, ingredients, api, listener)
    return { home, api, kubeconfig, programs: kubernetesFound.path }
  } catch (error) {
    await down(home, { keepLogs: true })
    throw error
  }
}

async function startControlPlane(home: ClusterHome, ingredients: Ingredients, api: ApiServer, listener: Server): Promise<void> {
  start(home, etcdPart(ingredients))
  start(home, forwardPart('api', addresses.node, addresses.apiPort), listener)
  const apiServer = apiServerPart(ingredients)
  await startUntil(home, apiServer, () => answers(api, '/readyz'), 120_000)
  const following = followingParts(ingredients).map((part) => ({ name: part.name, child: start(home, part) }))
  const account = '/api/v1/namespaces/default/serviceaccounts/default'
  const [controllers] = following
  if (controllers)
    await untilUp(controllers.name, controllers.child, logOf(home, controllers.name), () => answers(api, account), 60_000)
  const kubelet = kubeletPart(ingredients)
  const log = logOf(home, kubelet.name)
  await startUntil(home, kubelet, async () => (await readFile(log, 'utf8')).includes('"ready":true'), 60_000)
}

/** Writes a kubeconfig per part, for inside, and the administrator's for outside. Answers with the path of the last. */
async function writeKubeconfigs({ folder, name }: ClusterHome, { url, authority }: ApiServer, tokens: Tokens): Promise<string> {
  const within = `https://${addresses.node}:${addresses.apiPort}`
  for (const user of Object.keys(tokens) as User[])
    await writeKubeconfig({
      file: kubeconfigOf(folder, user),
      cluster: name,
      server: within,
      authority,
      token: tokens[user],
    })
  const file = join(folder, 'kubeconfig')
  await writeKubeconfig({ file, cluster: name, server: url, authority, token: tokens.admin })
  return file
}
