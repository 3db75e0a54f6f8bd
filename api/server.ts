/** The API's HTTP server, with bounds on its connections and on the time that it waits for a client that sends or reads slowly. */
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'

export interface ServerBounds {
  /** Beyond this number a new connection is closed at once, so that files are left for the database and Temporal. */
  readonly connections: number
  readonly headersMs: number
  readonly bodyMs: number
  /**
   * The server closes a connection after this time without a byte. An import of an artifact takes less, and a stream sends a byte every 15
   * s.
   */
  readonly silenceMs: number
  /** How often the server looks for late clients. */
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
