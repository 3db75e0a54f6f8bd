/** Ends an HTTP server so that clients get the answers to their requests, and idle connections do not delay the end. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { startTimer } from './timer.ts'

/**
 * Takes no new connection, answers the requests that came, and closes each connection once it is idle. After `graceMs` it closes what is
 * left. Resolves when every connection is closed.
 */
export type Drain = (graceMs: number) => Promise<void>

/** The events of a connection in use. A browser's spare connection has had none of them, but Node counts it as busy. */
const uses = ['request', 'upgrade', 'connect', 'checkContinue', 'checkExpectation'] as const
const idlePollMs = 20
/** A request that was sent when its connection was opened has arrived by then. */
const spareMs = 500

/** Call it after the server has got its handlers and before it listens, because it must see every connection. */
export function drainOf(server: Server): Drain {
  const unused = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  for (const use of uses) if (server.listenerCount(use) > 0) watch(server, use, unused)
  return async (graceMs) => {
    const closed = new Promise((resolve) => server.close(resolve))
    const spare = startTimer(Math.min(spareMs, graceMs), () => unused.forEach((socket) => socket.destroy()))
    // Connections become idle one by one, as their answers end.
    const idle = setInterval(() => server.closeIdleConnections(), idlePollMs)
    const late = startTimer(graceMs, () => server.closeAllConnections())
    await closed
    clearInterval(idle)
    spare.cancel()
    late.cancel()
  }
}

/** Adds a listener only if the server has one already, because the first listener changes what Node does with an upgrade or expectation. */
function watch(server: Server, use: (typeof uses)[number], unused: Set<Socket>): void {
  server.prependListener(use, ({ socket }: { readonly socket: Socket }) => void unused.delete(socket))
}
