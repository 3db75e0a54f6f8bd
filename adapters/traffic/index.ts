/** What can split a service's traffic: one line each. */
import type { DoorProduct } from '../product.ts'
import { localTraffic } from './local.ts'
import type { Traffic } from './traffic.ts'

export const trafficProducts: readonly DoorProduct<Traffic>[] = [localTraffic]
