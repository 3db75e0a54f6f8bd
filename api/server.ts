/** The API's HTTP server: how many connections it holds, and how long it waits for a client that is slow to send or to read. */
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'

export interface ServerBounds {
  /** Beyond this number a new connection is closed at once, so that files are left for the database and Temporal. */
  readonly connections: number
  readonly headersMs: number
  readonly bodyMs: number
  /**
   * Closes a connection on which nothing was sent or read for this long. An artifact takes less, and a stream sends something every 15 s.
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
