/** Serves one plain request: sends it to its replica, passes the answer to its client, and counts it once. */
import { request as httpRequest } from 'node:http'
import type { Agent, ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import { answerProblem } from './answers.ts'
import type { FaultKind } from './faults.ts'
import { idempotent } from './headers.ts'
import { hearOut } from './hear-out.ts'
import { lineOf } from './line.ts'
import { createOutcome } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { maxHeaderBytes } from './plane.ts'
import type { Admitted, Plane } from './plane.ts'
import { relayBody, relayHead, relayHints, trailersOf } from './relay.ts'
import { agentForOnce, metStaleSocket } from './replicas.ts'
import type { Replica } from './replicas.ts'

/** Everything that belongs to one request in progress. */
interface Exchange {
  readonly plane: Plane
  readonly admitted: Admitted
  readonly replica: Replica
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly outcome: Outcome
  /** The attempt that counts. */
  upstream: ClientRequest | undefined
  /** From then on no drain waits for the request. Later calls do nothing. */
  landed: () => void
  closeStream: (() => void) | undefined
}

/** Serves `request`. It answers and counts failures too. */
export function serve(plane: Plane, request: IncomingMessage, response: ServerResponse): void {
  const admitted = plane.admit(request, false)
  const exchange = admitted.replica && enter(plane, admitted, admitted.replica, request, response)
  const left = lineOf(request.socket, plane.faults).owe({
    request,
    spoil(status) {
      exchange?.outcome.abandoned()
      exchange?.upstream?.destroy()
      response.shouldKeepAlive = false
      answerProblem(response, status)
    },
    gone() {
      if (exchange) over(exchange)
    },
  })
  response.on('close', plane.faults.guarded('proxy', left))
  // The client left while the proxy was writing to it.
  response.on(
    'error',
    plane.faults.guarded('client', () => void response.destroy()),
  )
  if (!exchange) return answerProblem(response, 503)
  response.on(
    'close',
    plane.faults.guarded('proxy', () => over(exchange)),
  )
  attempt(exchange, false)
}

function enter(plane: Plane, admitted: Admitted, replica: Replica, request: IncomingMessage, response: ServerResponse): Exchange {
  const { ledger, faults } = plane
  const { counted, asking, timeoutMs } = admitted
  let flying = true
  const onTimeout = () => {
    exchange.upstream?.destroy()
    answerProblem(response, 504)
  }
  const exchange: Exchange = {
    ...{ plane, admitted, replica, request, response },
    outcome: createOutcome({ replica, counted, asking, timeoutMs, ledger, faults, onTimeout }),
    upstream: undefined,
    landed() {
      if (!flying) return
      flying = false
      replica.inFlight--
      plane.flights.leave(replica.revision)
    },
    closeStream: undefined,
  }
  replica.inFlight++
  plane.flights.enter(replica.revision)
  return exchange
}

/** The client has the whole answer, or has left. A client that leaves is no error of the revision. */
function over({ outcome, upstream, response, landed, closeStream }: Exchange): void {
  outcome.abandoned()
  // A finished upstream request has returned its socket, and Node ignores the call. One whose answer overtook its body has not.
  if (!response.writableFinished || !upstream?.writableFinished) upstream?.destroy()
  closeStream?.()
  landed()
}

/** The last guard of this exchange. `kind` decides what the client is answered, and whether it counts as an error of the version. */
function guard<A extends readonly unknown[]>(
  { plane, outcome, response, upstream }: Exchange,
  kind: FaultKind,
  handle: (...args: A) => void,
): (...args: A) => void {
  return plane.faults.guarded(kind, handle, () => {
    if (kind === 'backend') outcome.failed()
    else outcome.abandoned()
    upstream?.destroy()
    answerProblem(response, kind === 'client' ? 400 : kind === 'backend' ? 502 : 500)
  })
}

function attempt(exchange: Exchange, fresh: boolean): void {
  const { admitted, replica, request, response, outcome } = exchange
  let upstream: ClientRequest
  try {
    upstream = httpRequest({
      host: '127.0.0.1',
      port: replica.port,
      method: request.method,
      path: request.url,
      headers: admitted.head.headers,
      agent: agentFor(exchange, fresh),
      maxHeaderSize: maxHeaderBytes,
    })
  } catch {
    // Node accepts some requests that it then refuses to write. That is the client's fault, not the version's.
    outcome.abandoned()
    return answerProblem(response, 400)
  }
  exchange.upstream = upstream
  upstream.maxHeadersCount = 0
  upstream.on(
    'response',
    guard(exchange, 'backend', (answer: IncomingMessage) => relay(exchange, answer)),
  )
  upstream.on(
    'error',
    guard(exchange, 'backend', () => failed(exchange, upstream, fresh)),
  )
  upstream.on(
    'close',
    guard(exchange, 'backend', () => failed(exchange, upstream, true)),
  )
  // The client did not ask to switch. Without a listener Node would cut the connection without an error.
  upstream.on(
    'upgrade',
    guard(exchange, 'backend', (_: IncomingMessage, socket) => {
      socket.destroy()
      failed(exchange, upstream, true)
    }),
  )
  upstream.on(
    'information',
    guard(exchange, 'backend', ({ statusCode, headers }) => {
      if (!outcome.settled()) relayHints(statusCode, headers, response)
    }),
  )
  if (admitted.head.hasBody) return upload(exchange, upstream)
  upstream.end()
  outcome.lastByte()
}

/** A second attempt must not meet another stale socket. Neither must a request that may not be repeated. */
function agentFor(exchange: Exchange, fresh: boolean): Agent | false {
  if (fresh) return false
  return mayRepeat(exchange) ? exchange.replica.agent : agentForOnce(exchange.replica)
}

/** The proxy does not keep a body that it has sent. A method that is not idempotent may have had its effect although no answer came. */
const mayRepeat = ({ admitted, request }: Exchange): boolean => !admitted.head.hasBody && idempotent.has(request.method ?? '')

function upload(exchange: Exchange, upstream: ClientRequest): void {
  const { request, outcome } = exchange
  upstream.once('socket', guard(exchange, 'proxy', hearOut))
  request.on(
    'data',
    guard(exchange, 'client', (chunk: Buffer) => {
      if (upstream.destroyed || upstream.write(chunk)) return
      request.pause()
      outcome.stalled()
    }),
  )
  upstream.on(
    'drain',
    guard(exchange, 'proxy', () => {
      outcome.moving()
      request.resume()
    }),
  )
  request.on(
    'end',
    guard(exchange, 'client', () => {
      if (request.rawTrailers.length > 0 && upstream.chunkedEncoding) upstream.addTrailers(trailersOf(request.rawTrailers))
      upstream.end()
      outcome.lastByte()
    }),
  )
  // The rest of an upload is read and dropped once the backend has closed, because many clients read the answer only after they have sent
  // all.
  upstream.on(
    'close',
    guard(exchange, 'proxy', () => void request.resume()),
  )
}

function relay(exchange: Exchange, answer: IncomingMessage): void {
  const { plane, admitted, replica, response, outcome } = exchange
  if (outcome.settled() || response.destroyed) return void answer.resume()
  try {
    const { length, stream } = relayHead(answer, response, admitted.setCookie)
    outcome.answered(answer.statusCode ?? 502)
    // An event stream has no end, so it cannot break off.
    relayBody({ answer, response, faults: plane.faults, brokenOff: () => stream || outcome.brokenOff() })
    if (length && !stream) return
    exchange.closeStream = plane.flights.open(replica.revision, {
      kind: stream ? 'endless' : 'unbounded',
      openedMs: performance.now(),
      // The reader of an event stream reconnects after a clean end. Any other answer that is cut must not look complete.
      end: () => {
        if (stream) response.end()
        else response.destroy()
        answer.destroy()
      },
    })
    if (stream) exchange.landed()
  } catch {
    exchange.upstream?.destroy()
    outcome.failed()
    answerProblem(response, 502)
  }
}

function failed(exchange: Exchange, upstream: ClientRequest, final: boolean): void {
  const { response, outcome } = exchange
  if (upstream !== exchange.upstream || outcome.settled() || response.destroyed) return
  // The backend may close an idle connection just as the proxy writes to it. That says nothing about the revision.
  if (!final && metStaleSocket(upstream) && mayRepeat(exchange)) return attempt(exchange, true)
  outcome.failed()
  answerProblem(response, 502)
}
