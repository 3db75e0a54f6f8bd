/**
 * The weighted HTTP proxy of one place. Node's own server and client, no library between: request trailers, `Expect` and informational
 * answers pass, which undici's dispatcher refuses.
 */
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { pause } from '../../../adapters/timer.ts'
import type { Proxy, ProxyOptions, ProxySettings, RouteTable } from './contract.ts'
import { serve } from './exchange.ts'
import { createFlights } from './flights.ts'
import { createPlane, maxHeaderBytes } from './plane.ts'
import { createReplicas } from './replicas.ts'
import { createRouter } from './router.ts'
import { maySwitch, switchOver } from './upgrade.ts'

export type { Proxy, ProxyOptions, RevisionRoute, RouteTable } from './contract.ts'
export { directHeader } from './direct.ts'
export { prometheusText } from './exposition.ts'

const nothing: RouteTable = { generation: 0, routes: [], closeStreams: [] }

/** Longer than clients and load balancers keep theirs, so that they close first and meet no reset. */
const keepAliveMs = 75_000
/** A client that dawdles over its headers; bodies may take as long as they like. */
const headersMs = 60_000
const closingPollMs = 20

/** Listens on 127.0.0.1. Rejects with Node's error when the port cannot be had. */
export async function createProxy(options: ProxyOptions): Promise<Proxy> {
  let replicas = createReplicas(options.edgesMs)
  const flights = createFlights()
  let table = nothing
  let router = createRouter(table, replicas)
  let unrouted = 0
  let settings: ProxySettings = options
  const planeFor = (now: ProxySettings) =>
    createPlane({ options: { ...options, ...now }, flights, router: () => router, onUnrouted: () => unrouted++ })
  let plane = planeFor(settings)
  const server = createServer({
    keepAliveTimeout: keepAliveMs,
    headersTimeout: headersMs,
    requestTimeout: 0,
    maxHeaderSize: maxHeaderBytes,
    noDelay: true,
    shouldUpgradeCallback: maySwitch,
  })
  server.on('request', (request, response) => serve(plane, request, response))
  server.on('checkContinue', (request, response) => serve(plane, request, response))
  server.on('upgrade', (request, socket, head) => switchOver(plane, request, socket, head))
  const port = await listen(server, options.port)
  return {
    port,
    setTable(next) {
      table = next
      replicas.adopt(table, Date.now())
      router = createRouter(table, replicas)
      flights.closing(table.closeStreams)
      options.onTable?.(table)
    },
    configure(next) {
      if (String(next.edgesMs) !== String(settings.edgesMs)) {
        // What the former ones still answer ends well: retired, they close connections only when these are idle.
        replicas.adopt(nothing, Date.now())
        replicas = createReplicas(next.edgesMs)
        replicas.adopt(table, Date.now())
        router = createRouter(table, replicas)
      }
      settings = next
      plane = planeFor(settings)
    },
    effective: () => ({ weights: router.weights, generation: router.generation }),
    inFlight: flights.inFlight,
    drained: flights.drained,
    counters: (nowMs) => replicas.samples(nowMs, performance.now()),
    history: (revision, sinceMs) => replicas.history(revision, sinceMs, Date.now()),
    unrouted: () => unrouted,
    close: (graceMs = 0) => close(server, graceMs, () => (flights.close(), replicas.close())),
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

async function close(server: Server, graceMs: number, rest: () => void): Promise<void> {
  let closed = false
  const all = new Promise<void>((resolve) => server.close(() => resolve())).then(() => void (closed = true))
  const until = Date.now() + graceMs
  while (!closed && Date.now() < until) {
    // A kept connection is idle again after each answer.
    server.closeIdleConnections()
    await Promise.race([all, pause(closingPollMs)])
  }
  server.closeAllConnections()
  rest()
  await all
}
