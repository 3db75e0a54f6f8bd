/** The weights of one rule of an HTTPRoute that somebody else made, on any implementation of the Gateway API. */
import { z } from 'zod'
import { apiServerOf, clusterSettings, withinCluster } from '../kubernetes/clients.ts'
import { createRoute } from '../kubernetes/route.ts'
import { DnsName, OnCluster, requestTimeout } from '../kubernetes/traffic-config.ts'
import type { EnvironmentRef } from '../../domain/identity.ts'
import type { Provider } from '../provider.ts'
import type { Traffic } from './traffic.ts'

const config = z
  .strictObject({
    route: DnsName.describe('HTTPRoute that is there, in the namespace of the target'),
    rule: z
      .union([
        z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'is the name of a rule, or its place from 0 on'),
        z.int().min(0).max(15),
      ])
      .exactOptional()
      .describe(
        'name of the rule that Holdfast writes, or its place from 0 on; a name stays right when somebody inserts a rule. Default: the only rule',
      ),
    timeout: requestTimeout,
  })
  .transform(({ timeout, ...rest }) => ({ ...rest, timeoutMs: timeout }))

const Stored = z.object({ route: z.string(), rule: z.union([z.string(), z.number()]).optional(), timeoutMs: z.number() })

export const gatewayApiTraffic: Provider<Traffic> = {
  kind: 'gateway-api',
  targets: ['kubernetes'],
  settings: clusterSettings,
  config,
  within: withinCluster,
  locationOf(declared) {
    const { route, rule } = Stored.parse(declared)
    return rule === undefined ? `, HTTPRoute ${route}` : `, rule ${JSON.stringify(rule)} of HTTPRoute ${route}`
  },
  create(settings, declared, target) {
    const { route, rule = null, timeoutMs } = Stored.parse(declared)
    const { cluster, namespace } = OnCluster.parse(target)
    const of = (ref: EnvironmentRef) => createRoute(apiServerOf(settings, cluster), ref, namespace, { route, rule })
    return {
      routing: () => ({ requestTimeoutMs: timeoutMs, sticky: false }),
      open: async (ref, token) => of(ref).open(token),
      setWeights: async (ref, weights, token) => of(ref).setWeights(weights, token),
      close: async (ref, token) => of(ref).close(token),
      read: async (ref) => of(ref).read(),
    }
  },
}
