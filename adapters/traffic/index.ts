/** The routers, which split a service's traffic, one line each. */
import type { Provider } from '../provider.ts'
import { localTraffic } from './local.ts'
import type { Traffic } from './traffic.ts'

export const trafficProviders: readonly Provider<Traffic>[] = [localTraffic]
