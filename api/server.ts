/** The API's HTTP server: how many connections it holds, and how long it waits for what a client says, or for one that does not read. */
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'

export interface ServerBounds {
  /** Beyond these a new one is closed at once: files that are left are the database's and Temporal's. */
  readonly connections: number
  readonly headersMs: number
  readonly bodyMs: number
  /** Nothing was sent or read: longer than an artifact takes, of which nothing is heard meanwhile. Streams say something every 15 s. */
  readonly silenceMs: number
  /** Who is late is looked for this often. */
  readonly lookMs: number
}

const defaultBounds: ServerBounds = {
  connections: 2_000,
  headersMs: 10_000,
  bodyMs: 30_000,
  silenceMs: 150_000,
  lookMs: 2_000,
}

export function createApiServer(answer: RequestListener, bounds: ServerBounds = defaultBounds): Server {
  const { connections, headersMs, bodyMs, silenceMs, lookMs } = bounds
  const server = createServer({ connectionsCheckingInterval: lookMs, headersTimeout: headersMs, requestTimeout: bodyMs }, answer)
  server.timeout = silenceMs
  server.maxConnections = connections
  return server
}
