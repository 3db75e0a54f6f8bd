/** A backend that refuses an upload answers and closes at once, and the next write to it fails before its answer has been read. */
import type { Socket } from 'node:net'

type Done = (error?: Error | null) => void

const heard = new WeakSet<Socket>()

/** From now on a failed write ends `socket` only when what had come before the failure has been read. */
export function hearOut(socket: Socket): void {
  if (heard.has(socket)) return
  heard.add(socket)
  const [write, writev] = [socket._write.bind(socket), socket._writev?.bind(socket)]
  socket._write = (chunk, encoding, told) => write(chunk, encoding, later(told))
  if (writev) socket._writev = (chunks, told) => writev(chunks, later(told))
}

/** The second of two is after a look at all sockets, whenever the write was. */
const later =
  (told: Done): Done =>
  (error) => {
    if (error) setImmediate(() => setImmediate(told, error))
    else told()
  }
