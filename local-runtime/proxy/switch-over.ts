/** A request that switches protocols (WebSocket). It counts at the 101; then the two sockets are joined until one of them ends. */
import { ServerResponse, request as httpRequest } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { answerProblem } from './answers.ts'
import type { FaultKind } from './faults.ts'
import { responseHeaders } from './headers.ts'
import { createOutcome } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { maxHeaderBytes } from './plane.ts'
import type { Admitted, Plane } from './plane.ts'
import { isAskedFor } from './protocols.ts'
import { relayBody, relayHead } from './relay.ts'
import type { Replica } from './replicas.ts'

type Early = (switched: boolean) => Buffer

/** Everything that belongs to one request to switch. */
interface Handshake {
  readonly plane: Plane
  readonly admitted: Admitted
  readonly replica: Replica
  readonly request: IncomingMessage
  readonly socket: Duplex
  /** Returns what the client has sent after its request, and stops collecting it. */
  readonly early: Early
  readonly outcome: Outcome
  readonly upstream: ClientRequest
  /** The plain answer for a request that does not switch after all. The connection ends with it. */
  response(): ServerResponse
}

/** Takes `socket` over. The caller has given it an error listener, and no earlier answer is still to be sent on it. */
export function switchOver(plane: Plane, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const admitted = plane.admit(request, true)
  const { replica } = admitted
  const early = listen(plane, socket, head)
  const response = plainAnswer(plane, request, socket, early)
  if (!replica) return answerProblem(response(), 503)
  const release = enter(plane, replica, socket)
  const { ledger, faults } = plane
  const { counted, timeoutMs } = admitted
  let upstream: ClientRequest | undefined
  const onTimeout = () => {
    upstream?.destroy()
    answerProblem(response(), 504)
  }
  const outcome = createOutcome({ replica, counted, asking: admitted.asking, timeoutMs, ledger, faults, onTimeout })
  socket.on(
    'close',
    faults.guarded('proxy', () => {
      outcome.abandoned()
      // After the 101 this does nothing, because `join` ends the backend's socket.
      upstream?.destroy()
      release()
    }),
  )
  try {
    upstream = requestTo(replica, request, admitted)
  } catch {
    outcome.abandoned()
    return answerProblem(response(), 400)
  }
  attend({ plane, admitted, replica, request, socket, early, outcome, upstream, response }, release)
  upstream.end()
  outcome.lastByte()
}

// Never a kept connection: a stale one looks like a refusal, and a connection that switches does not return to the pool.
const requestTo = ({ port }: Replica, { method, url: path }: IncomingMessage, { head }: Admitted): ClientRequest =>
  httpRequest({ host: '127.0.0.1', port, method, path, headers: head.headers, agent: false, maxHeaderSize: maxHeaderBytes })

function attend(handshake: Handshake, release: () => void): void {
  const { plane, admitted, socket, outcome, upstream, response } = handshake
  const fail = () => {
    outcome.failed()
    upstream.destroy()
    answerProblem(response(), 502)
  }
  const guarded = <A extends readonly unknown[]>(kind: FaultKind, handle: (...args: A) => void) =>
    plane.faults.guarded(kind, handle, fail)
  upstream.maxHeadersCount = 0
  upstream.on(
    'upgrade',
    guarded('backend', (answer: IncomingMessage, backend: Duplex, backendHead: Buffer) => {
      backend.on(
        'error',
        plane.faults.guarded('backend', () => void backend.destroy()),
      )
      if (outcome.settled() || socket.destroyed || !isAskedFor(handshake.request, answer)) {
        backend.destroy()
        return outcome.settled() || socket.destroyed ? undefined : fail()
      }
      let head: string
      try {
        head = headOf(answer, admitted.setCookie)
      } catch {
        backend.destroy()
        return fail()
      }
      outcome.answered(101)
      release()
      join(handshake, head, backend, backendHead)
    }),
  )
  upstream.on(
    'response',
    guarded('backend', (answer: IncomingMessage) => {
      if (outcome.settled()) return void answer.resume()
      try {
        relayHead(answer, response(), admitted.setCookie)
      } catch {
        return fail()
      }
      outcome.answered(answer.statusCode ?? 502)
      relayBody({ answer, response: response(), faults: plane.faults, brokenOff: () => outcome.brokenOff() })
    }),
  )
  const gone = guarded('backend', () => {
    if (!outcome.settled() && !socket.destroyed) fail()
  })
  upstream.on('error', gone)
  upstream.on('close', gone)
}

/**
 * The request counts as in flight until its 101 or its refusal. A proxy that closes has to end it, because Node's server no longer does.
 */
function enter(plane: Plane, replica: Replica, socket: Duplex): () => void {
  let flying = true
  replica.inFlight++
  plane.flights.enter(replica.revision)
  const closeStream = plane.flights.open(replica.revision, {
    kind: 'unbounded',
    openedMs: performance.now(),
    end: () => void socket.destroy(),
  })
  return () => {
    if (!flying) return
    flying = false
    replica.inFlight--
    closeStream()
    plane.flights.leave(replica.revision)
  }
}

/** @throws TypeError when the backend's headers cannot be passed on */
function headOf({ rawHeaders, headers: { upgrade }, statusMessage }: IncomingMessage, setCookie: string | undefined): string {
  const { headers } = responseHeaders(rawHeaders, 'none', 101)
  headers.push('Connection', 'Upgrade', 'Upgrade', String(upgrade))
  if (setCookie !== undefined) headers.push('set-cookie', setCookie)
  const lines = Array.from({ length: headers.length >> 1 }, (_, index) => `${headers[index * 2]}: ${headers[index * 2 + 1]}\r\n`)
  return `HTTP/1.1 101 ${statusMessage}\r\n${lines.join('')}\r\n`
}

function join({ plane, replica, socket, early }: Handshake, head: string, backend: Duplex, backendHead: Buffer): void {
  socket.write(head, 'latin1')
  if (backendHead.length > 0) socket.write(backendHead)
  const first = early(true)
  if (first.length > 0) backend.write(first)
  const end = () => {
    socket.destroy()
    backend.destroy()
  }
  const closeStream = plane.flights.open(replica.revision, { kind: 'endless', openedMs: performance.now(), end })
  socket.on(
    'close',
    plane.faults.guarded('client', () => {
      backend.destroy()
      closeStream()
    }),
  )
  backend.on(
    'close',
    plane.faults.guarded('backend', () => void socket.destroy()),
  )
  socket.pipe(backend).pipe(socket)
}

/** A client has no reason to send more before its 101. The proxy does not read beyond this. */
const earlyBytes = 65_536

/**
 * Reads `socket` before the switch, because only a socket that is read shows that its client leaves. Returns how to stop and get the
 * bytes.
 */
function listen({ faults }: Plane, socket: Duplex, head: Buffer): Early {
  const early = [head]
  let bytes = head.length
  const hear = faults.guarded('client', (chunk: Buffer) => {
    early.push(chunk)
    bytes += chunk.length
    if (bytes > earlyBytes) socket.pause()
  })
  socket.on('data', hear)
  const leave = faults.guarded('client', () => void socket.destroy())
  socket.on('end', leave)
  return (switched) => {
    socket.off('data', hear)
    // Two sockets that are joined may each end on its own.
    if (switched) socket.off('end', leave)
    return Buffer.concat(early.splice(0))
  }
}

/** The response on a socket that Node's server has given away, made once and only where it is needed. */
function plainAnswer({ faults }: Plane, request: IncomingMessage, socket: Duplex, early: Early): () => ServerResponse {
  let response: ServerResponse | undefined
  return () => {
    if (response) return response
    response = new ServerResponse(request)
    const made = response
    made.shouldKeepAlive = false
    // What still comes is dropped. It is read because only a socket that is read shows that its client leaves.
    early(false)
    socket.resume()
    // Node types this for its own sockets only; what the server hands to 'upgrade' is one.
    made.assignSocket(socket as Socket)
    made.on(
      'error',
      faults.guarded('client', () => void socket.destroy()),
    )
    // Node's server does this for its own responses.
    socket.on(
      'drain',
      faults.guarded('proxy', () => void made.emit('drain')),
    )
    made.on(
      'finish',
      faults.guarded('proxy', () => void socket.end(() => void socket.destroy())),
    )
    return made
  }
}
