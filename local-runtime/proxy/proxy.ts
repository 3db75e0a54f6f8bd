/**
 * The weighted HTTP proxy of one environment. It uses Node's own server and client, because undici's dispatcher refuses request trailers,
 * `Expect` and informational answers.
 */
import type { Server } from 'node:http'
import type { Drain } from '../../adapters/server-drain.ts'
import { drainOf } from '../../adapters/server-drain.ts'
import { startTimer } from '../../adapters/timer.ts'
import type { Proxy, ProxyOptions, ProxySettings, RouteTable } from './contract.ts'
import { createClientMemory } from './client-memory.ts'
import { createClients } from './clients.ts'
import { createProxyServer } from './proxy-server.ts'
import { createFaults } from './faults.ts'
import { createFlights } from './flights.ts'
import { createLedger } from './ledger.ts'
import { createPlane } from './plane.ts'
import { createReplicas } from './replicas.ts'
import { createRouter } from './router.ts'

export type { Proxy, ProxyOptions, RevisionRoute, RouteTable } from './contract.ts'
export { directHeader } from './direct.ts'
export { prometheusText } from './prometheus-text.ts'

const nothing: RouteTable = { generation: 0, routes: [], closeStreams: [] }

/** Listens on 127.0.0.1. Rejects with Node's error when the port is not free. */
export async function createProxy(options: ProxyOptions): Promise<Proxy> {
  const replicas = createReplicas(options.edgesMs)
  const faults = createFaults(options.warn ?? (() => {}))
  const ledger = createLedger()
  const flights = createFlights(faults)
  const clients = createClients(options.directSecret)
  const memory = createClientMemory()
  let table = nothing
  let router = createRouter(table, replicas)
  let unrouted = 0
  let settings: ProxySettings = options
  const planeFor = (now: ProxySettings) =>
    createPlane({
      options: { ...options, ...now },
      ...{ flights, clients, memory, faults, ledger },
      router: () => router,
      onMissed: (route, asking) => replicas.missed(route, asking, Date.now()),
      onUnrouted: () => unrouted++,
    })
  let plane = planeFor(settings)
  const drains = new Map<number, Drain>()
  const listenAt = async (wanted: number): Promise<number> => {
    const server = createProxyServer({ plane: () => plane, faults, ledger })
    const drain = drainOf(server)
    const port = await listen(server, wanted)
    drains.set(port, drain)
    return port
  }
  const leave = async (port: number, graceMs: number): Promise<void> => {
    const drain = drains.get(port)
    drains.delete(port)
    await drain?.(graceMs)
  }
  const port = await listenAt(options.port)
  return {
    port,
    ports: () => [...drains.keys()],
    listenAt: async (more) => void (drains.has(more) || (await listenAt(more))),
    leave,
    setTable(next) {
      table = next
      replicas.adopt(table, Date.now())
      router = createRouter(table, replicas)
      flights.closing(table.closeStreams)
    },
    configure(next) {
      if (String(next.edgesMs) !== String(settings.edgesMs)) replicas.change(next.edgesMs)
      settings = next
      plane = planeFor(settings)
    },
    effective: () => ({ weights: router.weights, generation: router.generation }),
    inFlight: flights.inFlight,
    drained: flights.drained,
    counters: (nowMs) => replicas.samples(nowMs, performance.now()),
    history: (revision, sinceMs, edgesMs = settings.edgesMs) => replicas.history(revision, sinceMs, Date.now(), edgesMs),
    ledger: () => ({ ...ledger.read(), faults: faults.counts() }),
    unrouted: () => unrouted,
    async close(graceMs = 0) {
      const closing = [...drains.keys()].map((each) => leave(each, graceMs))
      // The servers wait for streams, which have no end of their own, so a timer ends them.
      const last = startTimer(graceMs, faults.guarded('proxy', flights.close))
      await Promise.all(closing)
      last.cancel()
      flights.close()
      replicas.close()
    },
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port, backlog: 1_024 }, () => {
      server.off('error', reject)
      const address = server.address()
      if (address === null || typeof address === 'string') return reject(new TypeError('a TCP server has a port'))
      resolve(address.port)
    })
  })
}
