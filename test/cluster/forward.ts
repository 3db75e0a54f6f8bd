/**
 * A way from loopback into a cluster's network: `node forward.ts ADDRESS PORT`, run inside it. It gets a listener that was opened outside as
 * its first message. A socket stays in the network it was opened in, so what is accepted there goes on from in here.
 */
import type { Server } from 'node:net'
import { connect } from 'node:net'
import { pipeline } from 'node:stream'

const [host = '', port = ''] = process.argv.slice(2)

process.once('message', (_: unknown, listener: Server) => {
  listener.on('connection', (outside) => {
    const inside = connect(Number(port), host)
    // Either side may go at any moment; the other one learns of it by its end, and nobody else is concerned.
    pipeline(outside, inside, () => {})
    pipeline(inside, outside, () => {})
  })
})
