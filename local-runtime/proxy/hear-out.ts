/** A backend that refuses an upload answers and closes at once. The proxy's next write then fails before it has read that answer. */
import type { Socket } from 'node:net'

type Done = (error?: Error | null) => void

const heard = new WeakSet<Socket>()

/** Delays the failure of a write to `socket` until the proxy has read everything that came before it. */
export function hearOut(socket: Socket): void {
  if (heard.has(socket)) return
  heard.add(socket)
  const [write, writev] = [socket._write.bind(socket), socket._writev?.bind(socket)]
  socket._write = (chunk, encoding, done) => write(chunk, encoding, later(done))
  if (writev) socket._writev = (chunks, done) => writev(chunks, later(done))
}

/** The second of two `setImmediate` runs after Node has polled all sockets, whenever the write was. */
const later =
  (done: Done): Done =>
  (error) => {
    if (error) setImmediate(() => setImmediate(done, error))
    else done()
  }
