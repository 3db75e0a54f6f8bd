/** The processes of a cluster, in the order of their start: what each is told. They end in the other order. */
import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { User } from './certificates.ts'
import { addresses } from './cluster-home.ts'

/** Folders of programs, and of what was made for this cluster. */
export interface Ingredients {
  readonly etcd: string
  readonly kubernetes: string
  readonly nft: string
  readonly folder: string
  readonly secrets: string
  /** The kubeconfig of a user, with the API server as it is met from inside. */
  readonly kubeconfig: (user: User) => string
}

export interface Part {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Folders that are searched for programs before any other. */
  readonly path?: readonly string[]
}

const etcdUrl = 'http://127.0.0.1:2379'
const peerUrl = 'http://127.0.0.1:2380'

/** Data is lost with the machine and nobody minds: a cluster lives for a run of tests. */
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
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${secret('service-accounts.pub')}`,
      `--service-account-signing-key-file=${secret('service-accounts.key')}`,
      '--allow-privileged',
      '--kubelet-preferred-address-types=InternalIP',
      // What serves metrics behind it: reached at its endpoints, and shown by certificate that it is the API server who asks.
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

/** What needs the API server. Autoscaling looks often and calms down soon, or a test would wait minutes for it. */
export const followingParts = (ingredients: Ingredients): readonly Part[] => [
  controllersPart(ingredients),
  schedulerPart(ingredients),
  proxyPart(ingredients),
]

const controllersPart = ({ kubernetes, folder, secrets, kubeconfig }: Ingredients): Part => ({
  name: 'kube-controller-manager',
  command: join(kubernetes, 'kube-controller-manager'),
  args: [
    `--kubeconfig=${kubeconfig('controllers')}`,
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

const schedulerPart = ({ kubernetes, folder, kubeconfig }: Ingredients): Part => ({
  name: 'kube-scheduler',
  command: join(kubernetes, 'kube-scheduler'),
  args: [
    `--kubeconfig=${kubeconfig('scheduler')}`,
    `--cert-dir=${join(folder, 'scheduler-certs')}`,
    '--bind-address=127.0.0.1',
    '--leader-elect=false',
  ],
})

/** Connection tracking has limits of the whole machine: they are not for a test to change. */
function proxyPart({ kubernetes, nft, folder, kubeconfig }: Ingredients): Part {
  const config = join(folder, 'kube-proxy.json')
  const said = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clientConnection: { kubeconfig: kubeconfig('proxy') },
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

export const nodeName = 'node-1'

/** The map of images to commands; whoever runs pods adds to it (test/cluster/kubelet/README.md). */
export const imagesFile = (folder: string): string => join(folder, 'images.json')

/** How soon a container starts again: a real kubelet's ten seconds are long for a test. */
const backOffMs = 1_000

export function kubeletPart({ folder, kubeconfig }: Ingredients): Part {
  const images = imagesFile(folder)
  if (!existsSync(images)) writeFileSync(images, '{}', { mode: 0o600 })
  const { bridge, pods, kubeletPort } = addresses
  const options = ['--kubeconfig', kubeconfig('admin'), '--node', nodeName, '--images', images, '--bridge', bridge]
  const rest = ['--subnet', pods, '--backoff-ms', String(backOffMs), '--port', String(kubeletPort)]
  return { name: 'kubelet', command: process.execPath, args: [join(import.meta.dirname, 'kubelet/main.ts'), ...options, ...rest] }
}

export const podPids = (folder: string): string => join(folder, 'kubelet', nodeName, 'pids')
