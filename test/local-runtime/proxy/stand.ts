/** A proxy with real backends for one test. Everything ends with the block that holds it. */
import { createServer, request as httpRequest } from 'node:http'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { createConnection } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { createProxy } from '../../../local-runtime/proxy/proxy.ts'
import type { Proxy, ProxyOptions, RevisionRoute, RouteTable } from '../../../local-runtime/proxy/proxy.ts'

export interface Stand extends AsyncDisposable {
  readonly proxy: Proxy
  readonly url: string
  /** Starts a backend; it answers with `listener`. */
  backend(replica: string, listener: RequestListener): Promise<BackendServer>
  /** Sets the routes as the next generation. @param release the release of the first of them */
  route(routes: readonly Route[], closeStreams?: readonly string[], release?: string): RouteTable
}

export interface BackendServer {
  readonly replica: string
  readonly port: number
  readonly server: Server
  readonly connections: Set<Socket>
}

export interface Route {
  readonly revision: string
  readonly weight: number
  readonly backends: readonly Pick<BackendServer, 'replica' | 'port'>[]
  readonly excusedUntilMs?: number
}

export const directSecret = 'only this test knows'

export async function createStand(options: Partial<ProxyOptions> = {}): Promise<Stand> {
  const proxy = await createProxy({
    ref: { service: 'shop', environment: 'production' },
    port: 0,
    timeoutMs: 2_000,
    sticky: 'none',
    edgesMs: [100, 500],
    directSecret,
    ...options,
  })
  const servers: Server[] = []
  let generation = 0
  return {
    proxy,
    url: `http://127.0.0.1:${proxy.port}`,
    async backend(replica, listener) {
      const server = createServer({ maxHeaderSize: 256 * 1024 }, listener)
      const connections = new Set<Socket>()
      server.on('connection', (socket) => {
        connections.add(socket)
        socket.on('close', () => connections.delete(socket))
      })
      servers.push(server)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return { replica, port: (server.address() as AddressInfo).port, server, connections }
    },
    route(routes, closeStreams = [], release) {
      const full = routes.map((route): RevisionRoute => ({ version: `${route.revision}.0`, ...route }))
      const table = { generation: ++generation, ...(release === undefined ? {} : { release }), routes: full, closeStreams }
      proxy.setTable(table)
      return table
    },
    async [Symbol.asyncDispose]() {
      await proxy.close()
      for (const server of servers) server.closeAllConnections()
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

/** A port on which nothing listens. */
export async function deadPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

export interface Got {
  readonly status: number
  readonly answer: IncomingMessage
  readonly body: string
}

interface RequestOptions {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** Sends one request on a new connection and resolves with the whole answer. Rejects when the answer is cut. */
export function ask(url: string, { method = 'GET', headers = {}, body }: RequestOptions = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, answer, body: text }))
      answer.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** Writes `text` to the proxy unchanged. Resolves with the answer once `done` accepts it or the connection ended. */
export function raw(port: number, text: string, done: (got: string) => boolean = () => false): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = ''
    const socket = createConnection({ host: '127.0.0.1', port }, () => socket.write(text, 'latin1'))
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      got += chunk
      if (done(got)) socket.end()
    })
    socket.on('close', () => resolve(got))
    socket.on('error', reject)
  })
}

/** Waits until `condition` holds. Rejects after `withinMs`. */
export async function until(condition: () => boolean, withinMs = 3_000): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not so within ${withinMs} ms: ${String(condition)}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
