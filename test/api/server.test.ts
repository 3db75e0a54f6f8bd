import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createApiServer } from '../../api/server.ts'

const bounds = { connections: 20, headersMs: 300, bodyMs: 600, silenceMs: 1_500, lookMs: 50 }

async function listening(answer: (response: ServerResponse) => void, bound = bounds) {
  const server: Server = createApiServer((_, response) => answer(response), bound)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const open = async (said: string): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write(said)
    return socket
  }
  return {
    open,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const good = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

describe('a client of the API that keeps it waiting', () => {
  const slow: readonly (readonly [what: string, said: string, drip: string])[] = [
    ['nothing', '', ''],
    ['a header, letter by letter', 'GET / HTTP/1.1\r\nHost: a\r\nX: ', 'x'],
    ['a body, piece by piece', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n'],
  ]
  for (const [what, said, drip] of slow)
    it(`is disconnected when it sends ${what}, and others are answered meanwhile`, async () => {
      // Like a handler that waits for the end of the body.
      await using server = await listening((response) => response.req.resume().once('end', () => response.end('good')))
      const sockets = await Promise.all(Array.from({ length: 10 }, () => server.open(said)))
      const dripping = setInterval(() => sockets.forEach((socket) => socket.write(drip)), 40)
      const closed = Promise.all(sockets.map((socket) => text(socket).catch(() => '')))
      expect(await text(await server.open(good))).to.match(/^HTTP\/1\.1 200 /)
      const answers = await closed
      clearInterval(dripping)
      for (const answer of answers) expect(answer).to.match(/^(HTTP\/1\.1 408 .*|)/)
    })

  it('is disconnected when it does not read its answer', async () => {
    let closed = 0
    await using server = await listening((response) => {
      response.once('close', () => (closed += 1))
      response.write(Buffer.alloc(64 << 20))
    })
    const socket = await server.open('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    socket.pause()
    await new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (closed === 0) return
        clearInterval(look)
        resolve()
      }, 20)
    })
    expect(closed).to.equal(1)
  })

  it('has a limited number of connections, and can open new ones when others end', async () => {
    await using server = await listening((response) => response.end('good'), { ...bounds, headersMs: 60_000, bodyMs: 60_000 })
    const held = await Promise.all(Array.from({ length: 20 }, () => server.open('GET / HTTP/1.1\r\nX: ')))
    expect(await text(await server.open(good)).catch(() => '')).to.equal('')
    held[0]?.destroy()
    for (let answer = ''; answer === ''; ) answer = await text(await server.open(good)).catch(() => '')
  })
})
