/** Starts an HTTP server for one test on a free loopback port, with TLS if it has a certificate. */
import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { ServerOptions } from 'node:https'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

export interface Listening extends AsyncDisposable {
  readonly url: string
}

export async function listening(answer: RequestListener, tls?: ServerOptions): Promise<Listening> {
  const server = tls ? createTlsServer(tls, answer) : createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
