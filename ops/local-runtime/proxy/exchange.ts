/** One plain request: sent to its replica, answered to its client, counted once. */
import { request as httpRequest } from 'node:http'
import type { Agent, ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import { answerProblem } from './answers.ts'
import { idempotent } from './headers.ts'
import { hearOut } from './last-words.ts'
import { createOutcome } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { maxHeaderBytes } from './plane.ts'
import type { Admitted, Plane } from './plane.ts'
import { pairs, relayBody, relayHead, relayHints } from './relay.ts'
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

/** Serves `request`. Never throws: what goes wrong is answered and counted. */
export function serve(plane: Plane, request: IncomingMessage, response: ServerResponse): void {
  const admitted = plane.admit(request, false)
  const { replica } = admitted
  if (!replica) return answerProblem(response, 503)
  let flying = true
  const exchange: Exchange = {
    plane,
    admitted,
    replica,
    request,
    response,
    outcome: createOutcome(replica, admitted.counted, admitted.timeoutMs, () => {
      exchange.upstream?.destroy()
      answerProblem(response, 504)
    }),
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
  response.on('close', () => over(exchange))
  attempt(exchange, false)
}

/** The client has everything, or has gone. Its leaving is no error of the revision. */
function over({ outcome, upstream, response, landed, closeStream }: Exchange): void {
  outcome.abandoned()
  // A finished upstream gave its socket back, and Node ignores this; an answer that overtook its request's body did not.
  if (!response.writableFinished || !upstream?.writableFinished) upstream?.destroy()
  closeStream?.()
  landed()
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
  upstream.on('response', (answer) => relay(exchange, answer))
  upstream.on('error', () => failed(exchange, upstream, fresh))
  upstream.on('close', () => failed(exchange, upstream, true))
  upstream.on('continue', () => response.writeContinue())
  upstream.on('information', ({ statusCode, headers }) => {
    if (statusCode === 103) relayHints(headers, response)
  })
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

function upload({ request, outcome }: Exchange, upstream: ClientRequest): void {
  upstream.once('socket', hearOut)
  request.on('data', (chunk: Buffer) => {
    if (upstream.destroyed || upstream.write(chunk)) return
    request.pause()
    outcome.stalled()
  })
  upstream.on('drain', () => {
    outcome.moving()
    request.resume()
  })
  request.on('end', () => {
    if (request.rawTrailers.length > 0) upstream.addTrailers(pairs(request.rawTrailers))
    upstream.end()
    outcome.lastByte()
  })
  // The rest of an upload that nobody takes is read and dropped: the client gets to read its answer that way.
  upstream.on('close', () => request.resume())
}

function relay(exchange: Exchange, answer: IncomingMessage): void {
  const { plane, admitted, replica, response, outcome } = exchange
  if (outcome.settled() || response.destroyed) return void answer.resume()
  try {
    const { length, stream } = relayHead(answer, response, admitted.setCookie)
    outcome.answered(answer.statusCode ?? 502)
    // An event stream has no end that could be missed.
    relayBody(answer, response, () => stream || outcome.brokenOff())
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
