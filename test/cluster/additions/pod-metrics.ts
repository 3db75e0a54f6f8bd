/** metrics-server: processor time and memory of pods and nodes, for `kubectl top` and for autoscalers. */
import { join } from 'node:path'
import { metricsServer } from '../../../ops/components/metrics-server.ts'
import { answers } from '../api-server.ts'
import { addresses } from '../cluster-home.ts'
import { kubeconfigOf } from '../kubeconfig.ts'
import { applyObjects } from '../kubectl.ts'
import { startUntil } from '../start-part.ts'
import type { Addition } from './addition.ts'
import { podMetricsObjects } from './pod-metrics-objects.ts'

const withinMs = 120_000

export const addPodMetrics: Addition = async (cluster, env, say) => {
  const { home, api } = cluster
  const { path } = await metricsServer.find(env, say)
  await applyObjects(cluster, 'pod-metrics', podMetricsObjects)
  const kubeconfig = kubeconfigOf(home.folder, 'metrics')
  const args = [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--bind-address=${addresses.node}`,
    `--secure-port=${addresses.metricsPort}`,
    `--cert-dir=${join(home.folder, 'metrics-certs')}`,
    // The kubelet's certificate is that of the tests, which no authority of the cluster has signed.
    '--kubelet-insecure-tls',
    '--kubelet-preferred-address-types=InternalIP',
    // The shortest that it accepts.
    '--metric-resolution=10s',
    '--kubelet-request-timeout=9s',
  ]
  const isServed = () => answers(api, '/apis/metrics.k8s.io/v1beta1/nodes')
  await startUntil(home, { name: 'metrics-server', command: path, args }, isServed, withinMs)
}
