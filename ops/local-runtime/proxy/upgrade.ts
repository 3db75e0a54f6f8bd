/** A request that switches protocols (WebSocket): counted at the 101, then two sockets joined until one of them ends. */
import { ServerResponse, request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { answerProblem } from './answers.ts'
import { createOutcome } from './outcome.ts'
import { maxHeaderBytes } from './plane.ts'
import type { Admitted, Plane } from './plane.ts'
import { relayBody, relayHead } from './relay.ts'
import type { Replica } from './replicas.ts'

/** May this request switch? HTTP/2 by upgrade is nobody's wish any longer: such clients are glad of HTTP/1.1. Nor one with a body. */
export function maySwitch({ headers }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  return headers.upgrade?.toLowerCase() !== 'h2c' && !hasBody
}

/** Takes `socket` over. Never throws. */
export function switchOver(plane: Plane, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on('error', () => socket.destroy())
  const admitted = plane.admit(request, true)
  const { replica } = admitted
  if (!replica) return answerProblem(responseOn(request, socket), 503)
  const release = enter(plane, replica)
  const outcome = createOutcome(replica, admitted.counted, admitted.timeoutMs, () => {
    upstream.destroy()
    answerProblem(responseOn(request, socket), 504)
  })
  // Never a kept connection: a stale one could not be told from a refusal, and this one will not come back.
  const upstream = httpRequest({
    host: '127.0.0.1',
    port: replica.port,
    method: request.method,
    path: request.url,
    headers: admitted.head.headers,
    agent: false,
    maxHeaderSize: maxHeaderBytes,
  })
  socket.on('close', () => {
    if (!outcome.settled()) upstream.destroy()
    outcome.abandoned()
    release()
  })
  upstream.on('upgrade', (answer, backend, backendHead) => {
    outcome.answered(101)
    release()
    join(plane, { admitted, replica, answer, socket, backend, head, backendHead })
  })
  upstream.on('response', (answer) => {
    if (outcome.settled()) return void answer.resume()
    const response = responseOn(request, socket)
    try {
      relayHead(answer, response, admitted.setCookie)
    } catch {
      upstream.destroy()
      outcome.failed()
      return answerProblem(response, 502)
    }
    outcome.answered(answer.statusCode ?? 502)
    relayBody(answer, response, () => outcome.brokenOff())
  })
  upstream.on('error', () => {
    if (outcome.settled() || socket.destroyed) return
    outcome.failed()
    answerProblem(responseOn(request, socket), 502)
  })
  upstream.end()
  outcome.lastByte()
}

function enter(plane: Plane, replica: Replica): () => void {
  let flying = true
  replica.inFlight++
  plane.flights.enter(replica.revision)
  return () => {
    if (!flying) return
    flying = false
    replica.inFlight--
    plane.flights.leave(replica.revision)
  }
}

interface Joint {
  readonly admitted: Admitted
  readonly replica: Replica
  readonly answer: IncomingMessage
  readonly socket: Duplex
  readonly backend: Duplex
  readonly head: Buffer
  readonly backendHead: Buffer
}

function join(plane: Plane, { admitted, replica, answer, socket, backend, head, backendHead }: Joint): void {
  const raw = admitted.setCookie === undefined ? answer.rawHeaders : [...answer.rawHeaders, 'set-cookie', admitted.setCookie]
  const lines = Array.from({ length: raw.length >> 1 }, (_, index) => `${raw[index * 2]}: ${raw[index * 2 + 1]}\r\n`)
  socket.write(`HTTP/1.1 101 ${answer.statusMessage}\r\n${lines.join('')}\r\n`, 'latin1')
  if (backendHead.length > 0) socket.write(backendHead)
  if (head.length > 0) backend.write(head)
  backend.on('error', () => backend.destroy())
  const closeStream = plane.flights.open(replica.revision, {
    kind: 'endless',
    openedMs: performance.now(),
    end: () => {
      socket.destroy()
      backend.destroy()
    },
  })
  socket.on('close', () => {
    backend.destroy()
    closeStream()
  })
  backend.on('close', () => socket.destroy())
  socket.pipe(backend).pipe(socket)
}

/** Where nothing was switched after all, the client gets a plain answer, and its connection ends with it. */
function responseOn(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  // Node types this for its own sockets only; what the server hands to 'upgrade' is one.
  response.assignSocket(socket as Socket)
  response.on('finish', () => socket.end())
  return response
}
