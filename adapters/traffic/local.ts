/** The local runtime's weighted proxy. */
import { z } from 'zod'
import { durationFrom } from '../duration.ts'
import { createRuntimeClient } from '../local-runtime/client.ts'
import type { PortsAnswer } from '../local-runtime/protocol.ts'
import { RouterConfig } from '../local-runtime/protocol.ts'
import type { Claims, HeldClaims, Provider, ProviderSettings } from '../provider.ts'
import { valuesOf } from '../provider.ts'
import type { Traffic } from './traffic.ts'

const config = z
  .strictObject({
    port: z
      .int()
      .min(1024)
      .max(65_535)
      .exactOptional()
      .describe(
        'port that users reach the service at, outside 7500-7599. Default: a port of that range, which the environment keeps',
      ),
    timeout: durationFrom('1ms', '24h')
      .prefault('15s')
      .describe("longest time from the request's last byte to the answer's headers"),
    sticky: z
      .enum(['none', 'cookie'])
      .default('none')
      .describe('whether a user stays with one version for as long as a release lasts; each release draws the version anew'),
  })
  .transform(({ timeout, ...rest }) => ({ ...rest, timeoutMs: timeout }))

const Routing = z.object({ timeoutMs: RouterConfig.shape.timeoutMs, sticky: RouterConfig.shape.sticky })

/** How long a declaration waits for the list of ports. */
const soonMs = 1_000

/** Ports that the runtime may still give away cannot be declared, because another environment may have one by the first release. */
function heldBy({ given, held }: z.infer<typeof PortsAnswer>): HeldClaims {
  const taken = new Set(Object.values(held).flat())
  const left = Array.from({ length: given.last - given.first + 1 }, (_, index) => given.first + index)
  const all = { ...held, 'environments that declare none': left.filter((port) => !taken.has(port)) }
  return Object.fromEntries(Object.entries(all).map(([of, ports]) => [of, ports.map((port) => ({ port: String(port) }))]))
}

const own = ['runtimeSocket'] as const
const runtimeOf = (settings: ProviderSettings) => createRuntimeClient(valuesOf(settings, own).runtimeSocket)

export const localTraffic: Provider<Traffic> = {
  kind: 'local',
  targets: ['local'],
  settings: own,
  config,
  claims: ({ port }): Claims => (typeof port === 'number' ? { port: String(port) } : {}),
  holding: (settings) => {
    const runtime = runtimeOf(settings)
    return async () => {
      const ports = await runtime.ports(soonMs).catch(() => null)
      return ports ? heldBy(ports) : {}
    }
  },
  create: (settings, router) => {
    const runtime = runtimeOf(settings)
    return {
      routing() {
        const { timeoutMs, sticky } = Routing.parse(router)
        return { requestTimeoutMs: timeoutMs, sticky: sticky === 'cookie' }
      },
      open: (ref, fencingToken, next) => runtime.open(ref, router, fencingToken, next),
      setWeights: (ref, weights, fencingToken, { closeStreams = [], trial = null } = {}) =>
        runtime.setWeights(ref, weights, fencingToken, closeStreams, {
          router: Object.keys(weights).length > 0 ? router : null,
          trial: trial && { revision: trial.revision, router: trial.config },
        }),
      close: runtime.closeEnvironment,
      read: runtime.traffic,
    }
  },
}
