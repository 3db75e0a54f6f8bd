/**
 * The answers that one client's connection still has to get, in order. Node hands over an upgrade, a CONNECT and bytes that are not HTTP
 * out of that order. They wait here until the answers before them have been sent.
 */
import { STATUS_CODES } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { allowed, problemBody } from './answers.ts'
import type { RefusedStatus } from './answers.ts'
import type { Faults } from './faults.ts'

/** One answer that is still to be sent. */
export interface Owed {
  readonly request: IncomingMessage
  /** The rest of its request is not HTTP: answers with `status` and ends the connection. */
  spoil(status: RefusedStatus): void
  /** Its client has left. May be called twice. */
  gone(): void
}

export interface Line {
  /** Call the returned function once the answer has been sent. */
  owe(owed: Owed): () => void
  /** True while an answer is in progress; the connection must not switch protocols then. */
  isBusy(): boolean
  /** Ends the connection with this answer, after the answers before it. False when it was refused before. */
  refuse(socket: Duplex, status: RefusedStatus): boolean
}

const lines = new WeakMap<Duplex, Line>()

/** The line of `socket`. A socket has one line for its whole life. */
export function lineOf(socket: Duplex, faults: Faults): Line {
  let line = lines.get(socket)
  if (!line) lines.set(socket, (line = createLine(socket, faults)))
  return line
}

function createLine(connection: Duplex, { guarded }: Faults): Line {
  const owedNow = new Set<Owed>()
  let last: (() => void) | undefined
  let refused = false
  // Node tells only the response that it is writing. It tells neither those behind it, nor any after it has given the socket away.
  connection.on(
    'close',
    guarded('client', () => {
      for (const { gone } of owedNow) gone()
    }),
  )
  connection.on(
    'end',
    guarded('client', () => {
      if (refused) connection.destroy()
    }),
  )
  return {
    owe(owed) {
      owedNow.add(owed)
      return () => {
        owedNow.delete(owed)
        if (owedNow.size === 0) last?.()
      }
    },
    isBusy: () => owedNow.size > 0,
    refuse(socket, status) {
      if (refused) return false
      refused = true
      const newest = [...owedNow].at(-1)
      // The bytes that are not HTTP belong to the body of a request that is being answered already.
      if (newest && !newest.request.complete) newest.spoil(status)
      else last = () => writeLast(socket, status)
      if (owedNow.size === 0) last?.()
      return true
    },
  }
}

/** Writes the answer without Node's response object, which exists only for requests that Node could parse. */
function writeLast(socket: Duplex, status: RefusedStatus): void {
  if (socket.destroyed || !socket.writable) return void socket.destroy()
  const body = problemBody(status)
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nDate: ${new Date().toUTCString()}\r\nConnection: close\r\n` +
      `${status === 405 ? `Allow: ${allowed}\r\n` : ''}\r\n${body}`,
    () => socket.destroy(),
  )
}
