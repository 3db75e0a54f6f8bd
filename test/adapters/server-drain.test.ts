import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { drainOf } from '../../adapters/server-drain.ts'

const request = 'GET / HTTP/1.1\r\nHost: a\r\n'
const upgrade = `${request}Connection: Upgrade\r\nUpgrade: echo\r\n\r\n`
const longMs = 60_000

async function listening(answer: (response: ServerResponse) => void) {
  const server = createServer((_, response) => answer(response))
  server.on('upgrade', (_, socket) =>
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n'),
  )
  const drain = drainOf(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    drain,
    async open(first: string): Promise<Socket> {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
      socket.on('error', () => {})
      const accepted = once(server, 'connection')
      await once(socket, 'connect')
      await accepted
      socket.write(first)
      return socket
    },
  }
}

describe('a server that drains', () => {
  it('answers pending requests, and does not wait for a connection without a request', async () => {
    let answer = () => {}
    const asked = Promise.withResolvers<void>()
    const server = await listening((response) => {
      answer = () => response.end('good')
      asked.resolve()
    })
    const spare = await server.open('')
    const busy = await server.open(`${request}\r\n`)
    await asked.promise
    const drained = server.drain(longMs)
    expect(await text(spare).catch(() => 'reset')).to.be.oneOf(['', 'reset'])
    answer()
    expect(await text(busy)).to.match(/good$/)
    await drained
  })

  it('answers a request on a connection that it had just accepted', async () => {
    const server = await listening((response) => response.end('good'))
    const late = await server.open('')
    const drained = server.drain(longMs)
    late.write(`${request}\r\n`)
    expect(await text(late)).to.match(/good$/)
    await drained
  })

  it('lets an upgrade end by itself', async () => {
    const server = await listening(() => {})
    const socket = await server.open(upgrade)
    const drained = server.drain(longMs)
    expect(await text(socket)).to.match(/^HTTP\/1\.1 101 /)
    await drained
  })

  it('closes connections that are still open after its grace', async () => {
    const asked = Promise.withResolvers<void>()
    const server = await listening(() => asked.resolve())
    const socket = await server.open(`${request}\r\n`)
    await asked.promise
    await server.drain(100)
    expect(await text(socket).catch(() => '')).to.equal('')
  })
})
