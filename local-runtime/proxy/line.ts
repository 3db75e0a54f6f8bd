/**
 * One client's connection: the answers it is owed, in order. What Node hands over out of that order, an upgrade, a CONNECT or words that
 * are no HTTP, waits here until the answers in front of it have left.
 */
import { STATUS_CODES } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { allowed, problemBody } from './answers.ts'
import type { RefusedStatus } from './answers.ts'
import type { Faults } from './faults.ts'

/** One answer that is owed. */
export interface Owed {
  readonly request: IncomingMessage
  /** Its request came to no good end: answers so, and lets the connection end with it. */
  spoil(status: RefusedStatus): void
  /** Its client has gone. May be told twice. */
  gone(): void
}

export interface Line {
  /** Returns what to call once the answer has left. */
  owe(owed: Owed): () => void
  /** Is an answer under way? Then nothing may be switched. */
  isBusy(): boolean
  /** The connection can go no further: it ends with this answer, after those that are owed. False: it was refused before. */
  refuse(socket: Duplex, status: RefusedStatus): boolean
}

const lines = new WeakMap<Duplex, Line>()

/** The line of `socket`: it has one for as long as it lives. */
export function lineOf(socket: Duplex, faults: Faults): Line {
  let line = lines.get(socket)
  if (!line) lines.set(socket, (line = createLine(socket, faults)))
  return line
}

function createLine(connection: Duplex, { guarded }: Faults): Line {
  const owedNow = new Set<Owed>()
  let last: (() => void) | undefined
  let refused = false
  // Node tells the response that it is writing, and neither those behind it nor any once it has given the socket away.
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
      // The words that are no HTTP are of a request that is being answered already: of its body.
      if (newest && !newest.request.complete) newest.spoil(status)
      else last = () => writeLast(socket, status)
      if (owedNow.size === 0) last?.()
      return true
    },
  }
}

/** Without Node's response object, which is for requests that it could read. */
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
