/** One plain request: sent to its replica, answered to its client, counted once. */
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

/** Everything that belongs to one request while it is under way. */
interface Exchange {
  readonly plane: Plane
  readonly admitted: Admitted
  readonly replica: Replica
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly outcome: Outcome
  /** The attempt that counts. */
  upstream: ClientRequest | undefined
  /** Called once: no drain waits for it any longer. */
  landed: () => void
  closeStream: (() => void) | undefined
}

/** Serves `request`. What goes wrong is answered and counted. */
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
  // Something was written to a client that has gone.
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

/** The client has everything, or has gone. Its leaving is no error of the revision. */
function over({ outcome, upstream, response, landed, closeStream }: Exchange): void {
  outcome.abandoned()
  // A finished upstream gave its socket back, and Node ignores this; an answer that overtook its request's body did not.
  if (!response.writableFinished || !upstream?.writableFinished) upstream?.destroy()
  closeStream?.()
  landed()
}

/** The last guard of this exchange: whose words the handler choked on says what the client is told, and whether the version is to blame. */
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
    // A request that Node accepts and cannot write again is the client's fault, whoever it was meant for.
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
  // Nobody asked to switch: without a listener Node would cut the connection, and say nothing of why.
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

/** A second attempt must not meet another stale socket, nor may a request that gets no second one. */
function agentFor(exchange: Exchange, fresh: boolean): Agent | false {
  if (fresh) return false
  return mayRepeat(exchange) ? exchange.replica.agent : agentForOnce(exchange.replica)
}

/** What of the body has been sent is gone, and another method may have had its effect although no answer came. */
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
  // The rest of an upload that nobody takes is read and dropped: the client gets to read its answer that way.
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
    // An event stream has no end that could be missed.
    relayBody({ answer, response, faults: plane.faults, brokenOff: () => stream || outcome.brokenOff() })
    if (length && !stream) return
    exchange.closeStream = plane.flights.open(replica.revision, {
      kind: stream ? 'endless' : 'unbounded',
      openedMs: performance.now(),
      // An event stream ends like one, and its reader connects again; any other answer that is cut must not look complete.
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
  // A kept connection that the backend closed as we wrote to it says nothing about the revision.
  if (!final && metStaleSocket(upstream) && mayRepeat(exchange)) return attempt(exchange, true)
  outcome.failed()
  answerProblem(response, 502)
}
