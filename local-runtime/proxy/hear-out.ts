/** A backend that refuses an upload answers and closes at once. The proxy's next write then fails before it has read that answer. */
import type { Socket } from 'node:net'

type Done = (error?: Error | null) => void

const heard = new WeakSet<Socket>()

/** Delays the failure of a write to `socket` until the proxy has read everything that came before it. */
export function hearOut(socket: Socket): void {
  if (heard.has(socket)) return
  heard.add(socket)
  const [write, writev] = [socket._write.bind(socket), socket._writev?.bind(socket)]
  socket._write = (chunk, encoding, told) => write(chunk, encoding, later(told))
  if (writev) socket._writev = (chunks, told) => writev(chunks, later(told))
}

/** The second of two `setImmediate` runs after Node has polled all sockets, whenever the write was. */
const later =
  (told: Done): Done =>
  (error) => {
    if (error) setImmediate(() => setImmediate(told, error))
    else told()
  }
