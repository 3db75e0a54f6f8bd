/** What the proxy forwards unchanged, and what it drops. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import { ask, createStand, raw, until } from './stand.ts'

const behind = async (listener: RequestListener, options = {}) => {
  const stand = await createStand(options)
  const backend = await stand.backend('r', listener)
  stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
  return { ...stand, backend, [Symbol.asyncDispose]: () => stand[Symbol.asyncDispose]() }
}

describe('headers', () => {
  it('keep order, case and repeats; hop-by-hop headers are dropped; forwarding headers are set anew', async () => {
    await using stand = await behind((request, response) => response.end(JSON.stringify(request.rawHeaders)))
    const got = await raw(
      stand.proxy.port,
      'GET / HTTP/1.1\r\nHost: shop.test\r\nX-B: 1\r\nx-a: 2\r\nX-B: 3\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 9\r\n' +
        'TE: trailers\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n',
    )
    const headers = JSON.parse(/\[.*\]/.exec(got)?.[0] ?? '') as string[]
    expect(headers.slice(0, 10)).to.deep.equal(['Host', 'shop.test', 'X-B', '1', 'x-a', '2', 'X-B', '3', 'TE', 'trailers'])
    expect(headers.slice(10, 16)).to.deep.equal([
      ...['x-forwarded-for', '127.0.0.1', 'x-forwarded-proto', 'http', 'x-forwarded-host', 'shop.test'],
    ])
    expect(headers.map((name) => name.toLowerCase())).to.not.include.members(['x-hop', 'keep-alive'])
  })

  it('that frame a message cannot be stripped by naming them in `Connection`', async () => {
    await using stand = await behind((request, response) => {
      let body = ''
      request.on('data', (chunk) => (body += chunk)).on('end', () => response.end(`<${body}>`))
    })
    const got = await raw(
      stand.proxy.port,
      'POST / HTTP/1.1\r\nHost: x\r\nConnection: close, content-length\r\nContent-Length: 5\r\n\r\nhello',
    )
    expect(got).to.include('<hello>')
  })

  it('of 100 kB pass in both directions', async () => {
    await using stand = await behind((request, response) => response.setHeader('x-back', request.headers['x-large'] ?? '').end())
    const large = 'x'.repeat(100_000)
    const request = httpRequest(stand.url, { headers: { 'x-large': large }, maxHeaderSize: 200_000, agent: false }).end()
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    answer.resume()
    expect(answer.headers['x-back']).to.equal(large)
  })
})

describe('an answer', () => {
  it('to HEAD keeps its length, 204 and 304 have none, a status phrase stays', async () => {
    await using stand = await behind((request, response) => {
      if (request.method === 'HEAD') return response.setHeader('content-length', 42).end()
      response.writeHead(Number(request.url?.slice(1)), 'As It Is', { etag: '"e"' }).end()
    })
    expect((await ask(stand.url, { method: 'HEAD' })).answer.headers['content-length']).to.equal('42')
    for (const status of [204, 304]) {
      const { answer } = await ask(`${stand.url}/${status}`)
      expect([answer.statusCode, answer.statusMessage, answer.headers.etag]).to.deep.equal([status, 'As It Is', '"e"'])
      expect(answer.headers).to.not.have.any.keys('content-length', 'transfer-encoding')
    }
  })

  it('keeps its trailers, like a request', async () => {
    await using stand = await behind((request, response) => {
      response.writeHead(200, { trailer: 'x-sum' })
      request.resume().on('end', () => {
        response.write('body')
        response.addTrailers({ 'x-sum': `saw ${request.trailers['x-in']}` })
        response.end()
      })
    })
    const request = httpRequest(stand.url, { method: 'POST', headers: { trailer: 'x-in' }, agent: false })
    request.write('chunk')
    request.addTrailers({ 'x-in': 'seven' })
    request.end()
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    await once(answer.resume(), 'end')
    expect(answer.trailers).to.deep.equal({ 'x-sum': 'saw seven' })
  })

  it('that the backend cuts is cut for the client, and never looks complete', async () => {
    await using stand = await behind((_, response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' })
      response.write('half', () => response.destroy())
    })
    const failure = await ask(stand.url).catch((error: NodeJS.ErrnoException) => error.code)
    expect(failure).to.equal('ECONNRESET')
  })

  it('comes after its early hints, without those that Node cannot write', async () => {
    await using stand = await behind((request, response) => {
      const link = String(request.headers['x-link'])
      response.socket?.write(`HTTP/1.1 103 Early Hints\r\n${link.replaceAll('|', '\r\n')}\r\n\r\n`)
      response.end('ok')
    })
    const hinted = async (link: string) =>
      (await raw(stand.proxy.port, `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Link: ${link}\r\n\r\n`)).split('\r\n\r\n')
    const both = 'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload, </b>; rel=preload'
    for (const link of ['Link: </a>; rel=preload|Link: </b>; rel=preload', 'Link: </a>; rel=preload, </b>; rel=preload']) {
      const [hints, head, body] = await hinted(link)
      expect([hints, head?.split('\r\n')[0], body]).to.deep.equal([both, 'HTTP/1.1 200 OK', 'ok'])
    }
    expect((await hinted('Link: </a>; rel="preload prefetch"'))[1]).to.equal('ok')
  })

  it('reaches an HTTP/1.0 client without chunks', async () => {
    await using stand = await behind((_, response) => {
      response.write('one')
      response.end('two')
    })
    const got = await raw(stand.proxy.port, 'GET / HTTP/1.0\r\n\r\n')
    expect(got.split('\r\n\r\n')[1]).to.equal('onetwo')
  })
})

describe('a body', () => {
  it('of 20 MB passes byte for byte, chunked, in both directions', async () => {
    await using stand = await behind((request, response) => request.pipe(response))
    const chunk = Buffer.alloc(1_000_000, 'abcdefg')
    const request = httpRequest(stand.url, { method: 'PUT', agent: false })
    const answered = once(request, 'response') as Promise<[IncomingMessage]>
    const sent = (async () => {
      for (let count = 0; count < 20; count++) if (!request.write(chunk)) await once(request, 'drain')
      request.end()
    })()
    const [answer] = await answered
    const got: Buffer[] = []
    for await (const part of answer) got.push(part as Buffer)
    await sent
    expect(Buffer.concat(got).equals(Buffer.concat(Array(20).fill(chunk)))).to.equal(true)
  })

  it('waits for 100 Continue if the client does, after the backend was asked', async () => {
    await using stand = await behind((request, response) => request.pipe(response))
    let asked = 0
    stand.backend.server.on('checkContinue', (request, response) => {
      asked++
      if (request.url === '/no') return response.writeHead(417).end()
      response.writeContinue()
      request.pipe(response)
    })
    const head = 'HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n'
    const yes = await raw(stand.proxy.port, `POST /yes ${head}`, (got) => got.includes('100 Continue'))
    expect(yes).to.match(/^HTTP\/1.1 100 Continue\r\n\r\n/)
    expect(await raw(stand.proxy.port, `POST /no ${head}`)).to.match(/^HTTP\/1.1 417 [^]*connection: close/i)
    expect(asked).to.equal(2)
  })

  it('that the backend refuses and cuts off is answered with the refusal, which is no error of the revision', async () => {
    await using stand = await behind((_, response) => response.writeHead(413, { connection: 'close' }).end('too large'))
    const large = 'x'.repeat(2_000_000)
    for (let time = 0; time < 10; time++) {
      const { status, body } = await ask(stand.url, { method: 'POST', body: large })
      expect([status, body]).to.deep.equal([413, 'too large'])
    }
    expect(stand.proxy.counters(Date.now())[0]).to.deep.include({ errors: 0, statuses: { 413: 10 } })
  })

  it('that its client aborts is aborted at the backend', async () => {
    const closed = { count: 0 }
    await using stand = await behind((request) => {
      request.resume().on('close', () => closed.count++)
    })
    const request = httpRequest(stand.url, { method: 'POST', agent: false }).on('error', () => {})
    request.write('begun')
    await until(() => stand.proxy.inFlight('a') === 1 && stand.backend.connections.size === 1)
    request.destroy()
    await until(() => closed.count === 1 && stand.proxy.inFlight('a') === 0)
    expect(stand.proxy.counters(Date.now())[0]?.errors).to.equal(0)
  })
})

describe('connections', () => {
  it('are kept on both sides', async () => {
    await using stand = await behind((_, response) => response.end())
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const reused: boolean[] = []
    for (let time = 0; time < 3; time++) {
      const request = httpRequest(stand.url, { agent }).end()
      const [answer] = (await once(request, 'response')) as [IncomingMessage]
      await once(answer.resume(), 'end')
      reused.push(request.reusedSocket)
    }
    agent.destroy()
    expect(reused).to.deep.equal([false, true, true])
    expect(stand.backend.connections.size).to.equal(1)
  })

  it('that went stale do not fail a request that is safe to repeat, and are no error of the revision', async () => {
    await using stand = await behind((_, response) => response.end('ok'))
    for (let time = 0; time < 20; time++) {
      expect((await ask(stand.url)).status).to.equal(200)
      // In one turn of the loop, the backend resets its side, and the next request takes the connection before the reset
      // arrives.
      for (const connection of stand.backend.connections) connection.resetAndDestroy()
      expect((await ask(stand.url)).status).to.equal(200)
    }
    expect(stand.proxy.counters(Date.now())[0]).to.include({ requests: 40, errors: 0 })
  })
})
