/** Event streams and upgraded connections pass, are counted at their headers, and end when their revision is closed. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { createStand, raw, until } from './stand.ts'
import type { Stand } from './stand.ts'

const accept = (key: string) => createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')

/** A backend that echoes what it gets on an upgraded connection, and counts on an event stream. */
async function streaming(stand: Stand) {
  const backend = await stand.backend('r', (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    response.write('data: 1\n\n')
  })
  backend.server.on('upgrade', (request, socket: Socket) => {
    if (request.url === '/no') return socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno')
    const key = accept(String(request.headers['sec-websocket-key']))
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`,
    )
    socket.on('error', () => {}).pipe(socket)
  })
  return backend
}

async function openSocket(url: string, path = '/'): Promise<Socket> {
  const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }
  const request = httpRequest(`${url}${path}`, { headers, agent: false }).end()
  const [answer, socket] = (await once(request, 'upgrade')) as [IncomingMessage, Socket]
  expect(answer.headers['sec-websocket-accept']).to.equal('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
  return socket.on('error', () => {})
}

async function openEvents(url: string): Promise<IncomingMessage> {
  const [answer] = (await once(httpRequest(url, { agent: false }).end(), 'response')) as [IncomingMessage]
  return answer
}

describe('an upgraded connection', () => {
  it('passes bytes both ways, is counted at its 101, and delays no drain', async () => {
    await using stand = await createStand()
    const backend = await streaming(stand)
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    const socket = await openSocket(stand.url)
    socket.write('hello')
    expect(String((await once(socket, 'data'))[0])).to.equal('hello')
    expect(stand.proxy.counters(Date.now())[0]).to.deep.include({ requests: 1, errors: 0, statuses: { 101: 1 } })
    stand.route([])
    await stand.proxy.drained('a')
    socket.write('still')
    expect(String((await once(socket, 'data'))[0])).to.equal('still')
    socket.destroy()
  })

  it('that the backend refuses is a plain answer', async () => {
    await using stand = await createStand()
    stand.route([{ revision: 'a', weight: 100, backends: [await streaming(stand)] }])
    const got = await raw(stand.proxy.port, 'GET /no HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    expect(got).to.match(/^HTTP\/1.1 403 Forbidden\r\n[^]*\r\n\r\nno$/)
    expect(stand.proxy.counters(Date.now())[0]).to.deep.include({ requests: 1, errors: 0, statuses: { 403: 1 } })
    await until(() => stand.proxy.inFlight('a') === 0)
  })

  it('with an answer that cannot be forwarded is an error, answered 502', async () => {
    await using stand = await createStand()
    const backend = await stand.backend('r', () => {})
    backend.server.on('upgrade', (_, socket) => void socket.end('HTTP/1.1 042 What\r\nContent-Length: 0\r\n\r\n'))
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    const got = await raw(stand.proxy.port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    expect(got).to.match(/^HTTP\/1.1 502 Bad Gateway\r\n/)
    expect(stand.proxy.counters(Date.now())[0]).to.include({ requests: 1, errors: 1 })
    await until(() => stand.proxy.inFlight('a') === 0)
  })

  it('to HTTP/2 is not made, and the request is answered without it', async () => {
    await using stand = await createStand()
    stand.route([{ revision: 'a', weight: 100, backends: [await stand.backend('r', (_, response) => response.end('plain'))] }])
    const head = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n'
    expect(await raw(stand.proxy.port, head)).to.match(/^HTTP\/1.1 200 OK[^]*plain$/)
  })

  it('leaves nothing behind when its client leaves', async () => {
    await using stand = await createStand()
    const backend = await streaming(stand)
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    const socket = await openSocket(stand.url)
    socket.destroy()
    await until(() => backend.connections.size === 0)
  })
})

describe('an event stream', () => {
  it('gets its headers and each event at once', async () => {
    await using stand = await createStand()
    stand.route([{ revision: 'a', weight: 100, backends: [await streaming(stand)] }])
    const events = await openEvents(stand.url)
    expect(String((await once(events, 'data'))[0])).to.equal('data: 1\n\n')
    expect(stand.proxy.counters(Date.now())[0]).to.include({ requests: 1, errors: 0 })
    events.destroy()
  })
})

describe('closing the streams of a revision', () => {
  it('ends its upgraded connections and event streams at once, and `drained` resolves after that', async () => {
    await using stand = await createStand()
    const backend = await streaming(stand)
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    const socket = await openSocket(stand.url)
    const events = await openEvents(stand.url)
    const ended = Promise.all([once(socket, 'close'), once(events.resume(), 'end')])
    stand.route([{ revision: 'a', weight: 0, backends: [backend] }], ['a'])
    await stand.proxy.drained('a')
    await ended
    await until(() => backend.connections.size === 0)
    expect(stand.proxy.counters(Date.now())[0]).to.include({ errors: 0 })
  })

  it('does not affect other revisions and ordinary answers', async () => {
    await using stand = await createStand()
    const streams = await streaming(stand)
    let finish = () => {}
    const slow = await stand.backend('s', (_, response) => {
      response.write('a')
      finish = () => response.end('b')
    })
    stand.route([{ revision: 'a', weight: 100, backends: [streams] }])
    const socket = await openSocket(stand.url)
    stand.route([{ revision: 'b', weight: 100, backends: [slow] }])
    const answer = await openEvents(stand.url)
    stand.route([{ revision: 'b', weight: 0, backends: [slow] }], ['b'])
    finish()
    let body = ''
    for await (const part of answer) body += String(part)
    expect(body).to.equal('ab')
    socket.write('alive')
    expect(String((await once(socket, 'data'))[0])).to.equal('alive')
    socket.destroy()
  })
})
