/** The types of the Gateway API (HTTPRoute, Gateway and others), without a program that acts on them. */
import { gatewayApi } from '../../../ops/components/gateway-api.ts'
import { pause } from '../../../adapters/timer.ts'
import { answers } from '../api-server.ts'
import { kubectl } from '../kubectl.ts'
import type { Addition } from './addition.ts'

/** An HTTPRoute's schema alone has 400 kB, and the API server reads it before it says that it serves the type. */
const withinS = 60

export const addGatewayTypes: Addition = async (cluster, env, say) => {
  const { path } = await gatewayApi.find(env, say)
  await kubectl(cluster, ['apply', '--server-side', '-f', path])
  await kubectl(cluster, ['wait', '--for=condition=Established', '-f', path, `--timeout=${withinS}s`])
  // The condition is written a moment before the API server serves the type.
  for (const type of ['gatewayclasses', 'gateways', 'httproutes'])
    while (!(await answers(cluster.api, `/apis/gateway.networking.k8s.io/v1/${type}?limit=1`))) await pause(50)
}
