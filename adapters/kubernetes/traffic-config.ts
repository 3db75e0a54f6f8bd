/** What the routers of a cluster have in common: where their target is, and keys that owners declare. */
import { z } from 'zod'
import { durationFrom } from '../duration.ts'

export const DnsLabel = z.string().regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, 'has 1-63 lower-case letters, digits and dashes')

export const DnsName = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'is no name of Kubernetes')

/** What a router takes of its target. */
export const OnCluster = z.object({ cluster: z.string(), namespace: z.string(), port: z.number() })

export const requestTimeout = durationFrom('1ms', '24h')
  .prefault('15s')
  .describe('longest time until a request is answered; the analysis waits for it, and nothing enforces it here')
