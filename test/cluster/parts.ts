/** The processes of a cluster with their arguments, in the order of their start. They end in the opposite order. */
import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { addresses, nodeName } from './cluster-home.ts'
import { kubeconfigOf } from './kubeconfig.ts'

/** The programs, and the files that were made for this cluster. */
export interface Ingredients {
  readonly etcd: string
  readonly kubernetes: string
  readonly nft: string
  readonly folder: string
  readonly secrets: string
}

export interface Part {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Folders that the process searches for programs before those of PATH. */
  readonly path?: readonly string[]
  /** Variables beyond those that every process gets. */
  readonly variables?: Readonly<Record<string, string>>
}

const etcdUrl = 'http://127.0.0.1:2379'
const peerUrl = 'http://127.0.0.1:2380'

/** etcd does not sync its data to the disk. A crash of the machine loses it, which is no harm: a cluster lives for a run of tests. */
export const etcdPart = ({ etcd, folder }: Ingredients): Part => ({
  name: 'etcd',
  command: etcd,
  args: [
    `--data-dir=${join(folder, 'etcd')}`,
    '--unsafe-no-fsync',
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    '--log-level=warn',
  ],
})

export function apiServerPart({ kubernetes, folder, secrets }: Ingredients): Part {
  const secret = (file: string) => join(secrets, file)
  return {
    name: 'kube-apiserver',
    command: join(kubernetes, 'kube-apiserver'),
    args: [
      `--etcd-servers=${etcdUrl}`,
      `--secure-port=${addresses.apiPort}`,
      `--advertise-address=${addresses.node}`,
      `--service-cluster-ip-range=${addresses.services}`,
      `--tls-cert-file=${secret('apiserver.crt')}`,
      `--tls-private-key-file=${secret('apiserver.key')}`,
      `--cert-dir=${join(folder, 'apiserver-certs')}`,
      `--client-ca-file=${secret('ca.crt')}`,
      `--token-auth-file=${secret('tokens.csv')}`,
      '--authorization-mode=Node,RBAC',
      // A node may change its own objects and pods alone.
      '--enable-admission-plugins=NodeRestriction',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${secret('service-accounts.pub')}`,
      `--service-account-signing-key-file=${secret('service-accounts.key')}`,
      '--allow-privileged',
      '--kubelet-preferred-address-types=InternalIP',
      // For servers of metrics behind it: the API server reaches them at their endpoints and proves itself by its certificate.
      '--enable-aggregator-routing=true',
      `--requestheader-client-ca-file=${secret('front-ca.crt')}`,
      '--requestheader-allowed-names=front',
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--proxy-client-cert-file=${secret('front.crt')}`,
      `--proxy-client-key-file=${secret('front.key')}`,
    ],
  }
}

/** The parts that need the API server. The autoscaler looks often and scales down soon; with its defaults a test would wait minutes. */
export const followingParts = (ingredients: Ingredients): readonly Part[] => [
  controllersPart(ingredients),
  schedulerPart(ingredients),
  proxyPart(ingredients),
]

const controllersPart = ({ kubernetes, folder, secrets }: Ingredients): Part => ({
  name: 'kube-controller-manager',
  command: join(kubernetes, 'kube-controller-manager'),
  args: [
    `--kubeconfig=${kubeconfigOf(folder, 'controllers')}`,
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${join(secrets, 'service-accounts.key')}`,
    `--root-ca-file=${join(secrets, 'ca.crt')}`,
    `--cert-dir=${join(folder, 'controllers-certs')}`,
    '--bind-address=127.0.0.1',
    '--leader-elect=false',
    '--horizontal-pod-autoscaler-sync-period=2s',
    '--horizontal-pod-autoscaler-downscale-stabilization=10s',
    '--horizontal-pod-autoscaler-initial-readiness-delay=2s',
    '--horizontal-pod-autoscaler-cpu-initialization-period=10s',
  ],
})

const schedulerPart = ({ kubernetes, folder }: Ingredients): Part => ({
  name: 'kube-scheduler',
  command: join(kubernetes, 'kube-scheduler'),
  args: [
    `--kubeconfig=${kubeconfigOf(folder, 'scheduler')}`,
    `--cert-dir=${join(folder, 'scheduler-certs')}`,
    '--bind-address=127.0.0.1',
    '--leader-elect=false',
  ],
})

/** kube-proxy leaves the limits of connection tracking as they are, because they are those of the whole machine. */
function proxyPart({ kubernetes, nft, folder }: Ingredients): Part {
  const config = join(folder, 'kube-proxy.json')
  const said = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clientConnection: { kubeconfig: kubeconfigOf(folder, 'proxy') },
    hostnameOverride: nodeName,
    bindAddress: addresses.node,
    clusterCIDR: addresses.pods,
    detectLocalMode: 'ClusterCIDR',
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    nftables: { minSyncPeriod: '100ms', syncPeriod: '30s', masqueradeAll: true },
  }
  writeFileSync(config, JSON.stringify(said), { mode: 0o600 })
  return { name: 'kube-proxy', command: join(kubernetes, 'kube-proxy'), args: [`--config=${config}`], path: [dirname(nft)] }
}

/** The map of images to commands. Tests that run pods add to it (test/cluster/kubelet/README.md). */
export const imagesFile = (folder: string): string => join(folder, 'images.json')

/** The first pause before a crashed container starts again. A real kubelet's ten seconds are long for a test. */
const backOffMs = 1_000

export function kubeletPart({ folder }: Ingredients): Part {
  const images = imagesFile(folder)
  if (!existsSync(images)) writeFileSync(images, '{}', { mode: 0o600 })
  const { bridge, pods, kubeletPort } = addresses
  const options = ['--kubeconfig', kubeconfigOf(folder, 'node'), '--node', nodeName, '--images', images, '--bridge', bridge]
  const rest = ['--subnet', pods, '--backoff-ms', String(backOffMs), '--port', String(kubeletPort)]
  return { name: 'kubelet', command: process.execPath, args: [join(import.meta.dirname, 'kubelet/main.ts'), ...options, ...rest] }
}

/** The folder of the node's pods. */
export const nodeFolder = (folder: string): string => join(folder, 'kubelet', nodeName)

export const podPids = (folder: string): string => join(nodeFolder(folder), 'pids')
