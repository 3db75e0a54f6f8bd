/**
 * `node forward.ts ADDRESS PORT` forwards connections from loopback into a cluster's network. It runs inside that network. Its first
 * message is a listener that was opened outside. A socket stays in the network that it was opened in, so this process accepts outside and
 * connects inside.
 */
import type { Server } from 'node:net'
import { connect } from 'node:net'
import { pipeline } from 'node:stream'

const [host = '', port = ''] = process.argv.slice(2)

process.once('message', (_: unknown, listener: Server) => {
  listener.on('connection', (outside) => {
    const inside = connect(Number(port), host)
    // Either side may end at any moment. `pipeline` then ends the other one, and no other connection is affected.
    pipeline(outside, inside, () => {})
    pipeline(inside, outside, () => {})
  })
})
