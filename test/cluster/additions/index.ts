/** The additions to a cluster, one line each. A test names what it needs, so the others boot sooner. */
import type { Addition } from './addition.ts'
import { addGateway } from './gateway.ts'
import { addGatewayTypes } from './gateway-types.ts'
import { addPodMetrics } from './pod-metrics.ts'

/** In the order in which a cluster gets them: each works without those after it. The gateway needs the types. */
export const additions = {
  'gateway-types': addGatewayTypes,
  gateway: addGateway,
  'pod-metrics': addPodMetrics,
} as const satisfies Record<string, Addition>

export type AdditionName = keyof typeof additions

export const allAdditions = Object.keys(additions) as readonly AdditionName[]
