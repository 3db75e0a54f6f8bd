/** No router: the replicas on a cluster split the traffic, behind one front Service. */
import { z } from 'zod'
import { apiServerOf, clusterSettings, withinCluster } from '../kubernetes/clients.ts'
import { createFront } from '../kubernetes/front-service.ts'
import { environmentName } from '../kubernetes/objects.ts'
import { DnsLabel, OnCluster, requestTimeout } from '../kubernetes/traffic-config.ts'
import type { EnvironmentRef } from '../../domain/identity.ts'
import type { Provider } from '../provider.ts'
import type { Traffic } from './traffic.ts'

const config = z
  .strictObject({
    name: DnsLabel.exactOptional().describe(
      'Service that users reach. Default: the name of the service and that of the environment',
    ),
    port: z.int().min(1).max(65_535).default(80).describe('port of that Service'),
    timeout: requestTimeout,
  })
  // Replicas split the traffic: a weight needs more of them than a router's would, and at most half can go to a canary.
  .transform(({ timeout, ...rest }) => ({ ...rest, timeoutMs: timeout, split: 'replicas' }))

const Stored = z.object({ name: z.string().optional(), port: z.number(), timeoutMs: z.number() })

export const replicasTraffic: Provider<Traffic> = {
  kind: 'replicas',
  targets: ['kubernetes'],
  settings: clusterSettings,
  config,
  within: withinCluster,
  locationOf(declared, ref) {
    const { name = environmentName(ref), port } = Stored.parse(declared)
    return `, port ${port} of Service ${name}`
  },
  create(settings, declared, target) {
    const { name, port, timeoutMs } = Stored.parse(declared)
    const { cluster, namespace, port: targetPort } = OnCluster.parse(target)
    const of = (ref: EnvironmentRef) =>
      createFront(apiServerOf(settings, cluster), ref, namespace, { name: name ?? environmentName(ref), port, targetPort })
    return {
      // A connection stays with the pod that it was opened to, so requests are not drawn one by one.
      routing: () => ({ requestTimeoutMs: timeoutMs, sticky: true }),
      open: async (ref, token) => of(ref).open(token),
      setWeights: async (ref, weights, token) => of(ref).setWeights(weights, token),
      close: async (ref, token) => of(ref).close(token),
      read: async (ref) => of(ref).read(),
    }
  },
}
