/** A backend that answers with any bytes, as soon as it has the head of a request. */
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

export interface RawBackend extends AsyncDisposable {
  readonly replica: string
  readonly port: number
  /** Everything received on all connections, in order. */
  got(): string
}

/** @param answer by the request's path; a request to `/slow` waits for another request */
export async function startRawBackend(answer: (path: string) => string, closes: boolean): Promise<RawBackend> {
  let got = ''
  let waiting: (() => void) | undefined
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let text = ''
    const reply = (path: string) => {
      socket.write(answer(path), 'latin1')
      if (closes) socket.end()
    }
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      got += chunk
      text += chunk
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const [, path = ''] = /^[A-Z]+ (\S+) HTTP/.exec(text) ?? []
        text = text.slice(end + 4)
        if (path === '') continue
        if (path === '/slow') waiting = () => reply(path)
        else {
          reply(path)
          waiting?.()
          waiting = undefined
        }
      }
    })
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    replica: 'raw',
    port: (server.address() as AddressInfo).port,
    got: () => got,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
