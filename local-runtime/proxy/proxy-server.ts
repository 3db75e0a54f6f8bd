/** The server of a proxy. It guards every handler, keeps the order of answers per connection, and refuses what no version should get. */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { refusalOf } from './refusal-of.ts'
import { answerProblem } from './answers.ts'
import type { RefusedStatus } from './answers.ts'
import { connectionBound } from './connection-bound.ts'
import { serve } from './serve.ts'
import type { Faults } from './faults.ts'
import type { Ledger } from './ledger.ts'
import { lineOf } from './line.ts'
import { maxHeaderBytes } from './plane.ts'
import type { Plane } from './plane.ts'
import { maySwitch } from './protocols.ts'
import { switchOver } from './switch-over.ts'

/** Longer than clients and load balancers keep idle connections, so that they close first and meet no reset. */
const keepAliveMs = 75_000
/** How long a client may take for its headers. Bodies have no limit. */
const headersMs = 60_000

/** The answer to each error of Node's parser and server; any other error is 400. */
const statusOf: Readonly<Record<string, RefusedStatus>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_INVALID_VERSION: 505,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

export interface ProxyServerOptions {
  /** The present one. Called for each request. */
  plane(): Plane
  readonly faults: Faults
  readonly ledger: Ledger
}

export function createProxyServer({ plane, faults, ledger }: ProxyServerOptions): Server {
  const { guarded } = faults
  const server = createServer({
    keepAliveTimeout: keepAliveMs,
    headersTimeout: headersMs,
    requestTimeout: 0,
    maxHeaderSize: maxHeaderBytes,
    noDelay: true,
    // `refusalOf` refuses it instead, in the order of answers.
    requireHostHeader: false,
    // A connection must not switch protocols while an answer is still being written to it.
    shouldUpgradeCallback: (request) => maySwitch(request) && !lineOf(request.socket, faults).isBusy(),
  })
  // No limit but `maxHeaderSize`: Node would silently drop headers beyond 2,000.
  server.maxHeadersCount = 0
  server.maxConnections = connectionBound()
  // Idle connections make room for clients that connect now.
  server.on(
    'drop',
    guarded('client', () => server.closeIdleConnections()),
  )

  const refuse = (socket: Duplex, status: RefusedStatus): void => {
    if (lineOf(socket, faults).refuse(socket, status)) ledger.refused(status)
  }
  const refuseRequest = (request: IncomingMessage, response: ServerResponse, status: RefusedStatus): void => {
    ledger.refused(status)
    const left = lineOf(request.socket, faults).owe({ request, spoil() {}, gone() {} })
    response.on('close', guarded('proxy', left))
    response.on('error', guarded('proxy', left))
    response.shouldKeepAlive = false
    answerProblem(response, status)
  }
  const asked = guarded(
    'proxy',
    (request: IncomingMessage, response: ServerResponse) => {
      const status = refusalOf(request)
      if (status === undefined) serve(plane(), request, response)
      else refuseRequest(request, response, status)
    },
    (_, response) => answerProblem(response, 500),
  )
  const cut = (_: unknown, socket: Duplex): void => void socket.destroy()
  server.on('request', asked)
  server.on('checkContinue', asked)
  server.on(
    'checkExpectation',
    guarded(
      'proxy',
      (request, response) => refuseRequest(request, response, 417),
      (_, response) => answerProblem(response, 500),
    ),
  )
  server.on(
    'upgrade',
    guarded(
      'proxy',
      (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        socket.on(
          'error',
          guarded('client', () => void socket.destroy()),
        )
        const status = refusalOf(request)
        if (status === undefined) switchOver(plane(), request, socket, head)
        else refuse(socket, status)
      },
      cut,
    ),
  )
  server.on(
    'connect',
    guarded(
      'client',
      (_: IncomingMessage, socket: Duplex) => {
        socket.on(
          'error',
          guarded('client', () => void socket.destroy()),
        )
        // Node no longer reads this socket, so the proxy would not notice that the client leaves.
        socket.resume()
        refuse(socket, 405)
      },
      cut,
    ),
  )
  server.on(
    'clientError',
    guarded(
      'client',
      (error: NodeJS.ErrnoException, socket: Duplex) => {
        // The connection is lost, so no client is there to be answered.
        if (!error.code?.startsWith('HPE_') && error.code !== 'ERR_HTTP_REQUEST_TIMEOUT') socket.destroy(error)
        else refuse(socket, statusOf[error.code] ?? 400)
      },
      cut,
    ),
  )
  // Accepting may fail where the machine runs out of something. Later connections still arrive.
  server.on('error', (error) => faults.note('proxy', error))
  return server
}
