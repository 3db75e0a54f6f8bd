/** The Node object, by which the scheduler sends pods here, and its lease, which shows that the kubelet is alive. */
import type { CoordinationV1Api, CoreV1Api, V1NodeCondition, V1NodeStatus } from '@kubernetes/client-node'
import { V1MicroTime } from '@kubernetes/client-node'
import { pause } from '../../../adapters/timer.ts'
import { statusOf } from './cluster-objects.ts'
import { strategic } from './reporter.ts'

export interface NodeOptions {
  readonly name: string
  readonly hostIP: string
  readonly port: number
  /** The API server's version, because a kubelet must not be newer. */
  readonly version: string
  /** Whether this machine enforces the memory limits of pods. */
  readonly limitsMemory: boolean
}

const leaseNamespace = 'kube-node-lease'
const [beatMs, leaseMs, retryMs] = [60_000, 10_000, 200]

/** More than the machine has. The pods here are small, and only the scheduler uses their requests. */
const capacity = { cpu: '16', memory: '16Gi', pods: '250', 'ephemeral-storage': '50Gi' }

/** Registers the Node and resolves when it is Ready. Renews its lease until `signal` aborts. */
export async function registerNode(
  core: CoreV1Api,
  leases: CoordinationV1Api,
  options: NodeOptions,
  signal: AbortSignal,
): Promise<void> {
  const { name } = options
  const since = new Date()
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': process.arch === 'x64' ? 'amd64' : process.arch,
  }
  await created(signal, () => core.createNode({ body: { metadata: { name, labels } } }))
  const beat = () => core.patchNodeStatus({ name, body: { status: nodeStatus(options, since, new Date()) } }, strategic)
  await created(signal, beat)
  const lease = () => ({ holderIdentity: name, leaseDurationSeconds: 40, renewTime: new V1MicroTime() })
  await created(signal, () =>
    leases.createNamespacedLease({ namespace: leaseNamespace, body: { metadata: { name }, spec: lease() } }),
  )
  const renew = () => leases.patchNamespacedLease({ name, namespace: leaseNamespace, body: { spec: lease() } }, strategic)
  await renew()
  void every(beatMs, beat, signal)
  void every(leaseMs, renew, signal)
}

/**
 * Creates an object, and tries again while the API server is still starting. An object that exists already is that of an earlier kubelet.
 */
async function created(signal: AbortSignal, create: () => Promise<unknown>): Promise<void> {
  while (!signal.aborted) {
    try {
      await create()
      return
    } catch (error) {
      if (statusOf(error) === 409) return
      await pause(retryMs, signal)
    }
  }
}

async function every(ms: number, work: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(ms, signal)
    if (!signal.aborted)
      await work().catch((error: unknown) => console.error('the node does not reach its API server:', String(error)))
  }
}

function nodeStatus({ name, hostIP, port, version, limitsMemory }: NodeOptions, since: Date, now: Date): V1NodeStatus {
  const condition = (type: string, status: string, reason: string, message: string): V1NodeCondition => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: since,
  })
  const kept = limitsMemory ? 'memory limits are enforced' : 'memory limits are not enforced on this machine'
  return {
    capacity,
    allocatable: capacity,
    addresses: [
      { type: 'InternalIP', address: hostIP },
      { type: 'Hostname', address: name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    nodeInfo: {
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      operatingSystem: 'linux',
      kubeletVersion: version,
      kubeProxyVersion: '',
      containerRuntimeVersion: 'process://1',
      osImage: 'processes of this machine',
      kernelVersion: '',
      machineID: name,
      systemUUID: name,
      bootID: '',
    },
    conditions: [
      condition('Ready', 'True', 'KubeletReady', `process kubelet; ${kept}`),
      ...['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) =>
        condition(type, 'False', `KubeletHasNo${type}`, 'not measured'),
      ),
    ],
  }
}
