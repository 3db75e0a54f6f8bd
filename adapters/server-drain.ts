/** Ends an HTTP server so that its clients lose nothing and nobody waits for a client who asks nothing. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { startTimer } from './timer.ts'

/**
 * Takes no new connection, answers the requests that came, and closes each connection once it is idle. After `graceMs` it closes what is
 * left. Resolves when every connection is closed.
 */
export type Drain = (graceMs: number) => Promise<void>

/** With each of these a connection carries something: a spare one of a browser has had none of them, and Node counts it as busy. */
const uses = ['request', 'upgrade', 'connect', 'checkContinue', 'checkExpectation'] as const
const idlePollMs = 20
/** A request that was sent as its connection was opened is here by then. */
const spareMs = 500

/** Call it when the server has its listeners and before it listens: it has to see every connection. */
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

/** A listener of ours changes what Node does with an upgrade or an expectation: only where the server has one already. */
function watch(server: Server, use: (typeof uses)[number], unused: Set<Socket>): void {
  server.prependListener(use, ({ socket }: { readonly socket: Socket }) => void unused.delete(socket))
}
