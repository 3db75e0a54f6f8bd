/**
 * A kubelet whose containers are processes. Runs in the cluster's network namespace, and prints `{"ready":true}` when its Node is Ready.
 */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CoordinationV1Api, CoreV1Api, KubeConfig, VersionApi } from '@kubernetes/client-node'
import { pause } from '../../../adapters/timer.ts'
import { openAddresses } from './addresses.ts'
import { backOffPolicy } from './back-off.ts'
import { createClusterObjects } from './cluster-objects.ts'
import { readImages } from './images.ts'
import { openMemoryGroups } from './memory-group.ts'
import { registerNode } from './node.ts'
import { readOptions } from './options.ts'
import type { WorkerDependencies } from './pod-dependencies.ts'
import { endLeftPods } from './pod-process.ts'
import { followPods } from './pod-watch.ts'
import { createPods } from './pods.ts'
import { openNetworks } from './sandbox.ts'
import { startServer } from './server.ts'

const options = readOptions(process.argv.slice(2))
const { node, port, dir } = options
const pids = join(dir, 'pids')
await mkdir(pids, { recursive: true })
await endLeftPods(pids, await readdir(pids))
const folder = join(dir, 'pods')
await rm(folder, { recursive: true, force: true })

const config = new KubeConfig()
config.loadFromFile(options.kubeconfig)
const core = config.makeApiClient(CoreV1Api)
const networks = await openNetworks(options.bridge, pids, await openAddresses(options.addresses, options.subnet, node))
const memory = openMemoryGroups(dir)
const dependencies: WorkerDependencies = {
  core,
  node,
  policy: backOffPolicy(options['backoff-ms']),
  networks,
  memory,
  objects: createClusterObjects(core),
  images: () => readImages(options.images),
  folder,
  pids,
}
const pods = createPods(dependencies)
const server = await startServer(pods.all, networks.hostIP, port)
const over = new AbortController()

async function versionOfServer(): Promise<string> {
  const version = config.makeApiClient(VersionApi)
  for (;;) {
    try {
      return (await version.getCode()).gitVersion
    } catch {
      await pause(200)
    }
  }
}

const facts = { name: node, hostIP: networks.hostIP, port, version: await versionOfServer(), limitsMemory: memory.isEnforced }
await registerNode(core, config.makeApiClient(CoordinationV1Api), facts, over.signal)
void followPods(config, core, node, pods, over.signal)
console.log(JSON.stringify({ ready: true }))

/** Ends the kubelet with its pods. Their objects stay, and the next kubelet of this node starts them again. */
async function stop(): Promise<void> {
  over.abort()
  server.close()
  await pods.endAll()
  process.exit(0)
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop())
