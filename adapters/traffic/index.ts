/** The routers, which split a service's traffic, one line each. */
import type { Provider } from '../provider.ts'
import { gatewayApiTraffic } from './gateway-api.ts'
import { replicasTraffic } from './kubernetes-replicas.ts'
import { localTraffic } from './local.ts'
import type { Traffic } from './traffic.ts'

export const trafficProviders: readonly Provider<Traffic>[] = [localTraffic, replicasTraffic, gatewayApiTraffic]
