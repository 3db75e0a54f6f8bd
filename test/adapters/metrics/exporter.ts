/** An HTTP server that answers as the test decides. It is an exporter that a Prometheus scrapes, or it pretends to be a Prometheus. */
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly requests: readonly IncomingMessage[]
  /** Sets how it answers from now on. */
  answer(by: RequestListener): void
  /** Ends the server with its connections. */
  close(): Promise<void>
}

export async function startServer(first: RequestListener): Promise<TestServer> {
  let listener = first
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    request.resume()
    listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer(by) {
      listener = by
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

export interface Exporter extends TestServer {
  /** Sets the lines in Prometheus text that the next scrapes get. */
  expose(...lines: readonly string[]): void
}

export async function startExporter(...lines: readonly string[]): Promise<Exporter> {
  const textOf = (exposed: readonly string[]): RequestListener => {
    return (_, response) => void response.setHeader('content-type', 'text/plain; version=0.0.4').end(`${exposed.join('\n')}\n`)
  }
  const server = await startServer(textOf(lines))
  return { ...server, expose: (...exposed) => server.answer(textOf(exposed)) }
}
