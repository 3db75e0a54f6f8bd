/** The command line's HTTP client: a write takes effect once however often it is sent, and events have no gaps over broken connections. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createClient } from '../../cli/client.ts'
import { followEvents } from '../../cli/event-stream.ts'

async function startServer(answer: (request: IncomingMessage, response: ServerResponse, n: number) => void) {
  const seen: IncomingMessage[] = []
  const server = createServer((request, response) => answer(request, response, seen.push(request)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { seen, url, client: createClient({ url, token: async () => 'key' }), [Symbol.asyncDispose]: close }
}

const problem = (response: ServerResponse, status: number, code: string) =>
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ code, status, detail: code }))

describe('a write', () => {
  it('is sent again with the same idempotency key when the answer is lost or the API is away for a moment', async () => {
    await using server = await startServer((request, response, n) => {
      if (n === 1) request.socket.destroy()
      else if (n === 2) problem(response, 503, 'no-worker')
      else response.writeHead(202).end('{"id":"shop-1"}')
    })
    const answer = await server.client.call({ method: 'POST', path: '/v1/services/shop/releases', body: {} })
    expect(answer).to.deep.include({ status: 202, text: '{"id":"shop-1"}' })
    const keys = server.seen.map(({ headers }) => headers['idempotency-key'])
    expect(new Set(keys).size).to.equal(1)
    expect(keys[0]).to.match(/^[\x21-\x7e]{1,255}$/)
    expect(server.seen[2]?.headers.authorization).to.equal('Bearer key')
  })

  it('that is refused is not sent again', async () => {
    await using server = await startServer((_, response) => problem(response, 409, 'wrong-phase'))
    const error = await server.client.call({ method: 'POST', path: '/x' }).catch((e: unknown) => e)
    expect(error).to.deep.include({ status: 409, code: 'wrong-phase' })
    expect(server.seen).to.have.length(1)
  })

  it('does not send the key to the target of a redirect', async () => {
    await using elsewhere = await startServer((_, response) => response.end())
    await using server = await startServer((_, response) => response.writeHead(307, { location: elsewhere.url }).end())
    await server.client.call({ method: 'POST', path: '/x' }).catch((e: unknown) => e)
    expect(elsewhere.seen).to.have.length(0)
  })
})

describe('a stream of events', () => {
  it('resumes after the last event when the connection breaks, and ends after the final event', async () => {
    await using server = await startServer((request, response, n) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const after = Number(request.headers['last-event-id'] ?? 0)
      response.write(
        `: hello\n\nid: ${after + 1}\nevent: weight\r\ndata: {"n":\ndata: ${after + 1}}\n\nid: ${after + 2}\ndata: cut`,
      )
      if (n < 3) setImmediate(() => response.destroy())
      else response.end()
    })
    const seen: string[] = []
    const signal = AbortSignal.timeout(10_000)
    const over = async () => seen.length >= 3
    for await (const { id, event, data } of followEvents(server.client, { path: '/events', signal, isOver: over }))
      seen.push(`${id} ${event} ${JSON.parse(data).n}`)
    expect(seen).to.deep.equal(['1 weight 1', '2 weight 2', '3 weight 3'])
  })

  it('fails at once when the API refuses it for good', async () => {
    await using server = await startServer((_, response) => problem(response, 404, 'not-found'))
    const stream = followEvents(server.client, { path: '/e', signal: AbortSignal.timeout(10_000), isOver: async () => false })
    const error = await stream.next().catch((e: unknown) => e)
    expect(error).to.have.property('code', 'not-found')
  })
})
