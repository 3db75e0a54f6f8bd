/** Requests and answers that once ended the process, and the guard around every handler. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createFaults } from '../../../local-runtime/proxy/faults.ts'
import { createStand, raw, until } from './stand.ts'

const upgrade = 'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'

describe('a request that ended the data plane of every service', () => {
  it('by announcing trailers with its upgrade is forwarded without the announcement', async () => {
    await using stand = await createStand()
    const backend = await stand.backend('r', () => {})
    let announced: string | undefined
    backend.server.on('upgrade', (request, socket) => {
      announced = request.headers.trailer
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno')
    })
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    const got = await raw(stand.proxy.port, `GET / HTTP/1.1\r\n${upgrade}Trailer: X\r\n\r\n`)
    expect(got).to.match(/^HTTP\/1.1 403 Forbidden[^]*no$/)
    expect(announced).to.equal(undefined)
    expect(stand.proxy.ledger().faults).to.deep.equal({ client: 0, backend: 0, proxy: 0 })
  })

  for (const second of [`GET /up HTTP/1.1\r\n${upgrade}\r\n`, 'CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n', 'no http\r\n\r\n'])
    it(`by sending ${JSON.stringify(second.slice(0, 7))} right after a slow request gets its answers in order`, async () => {
      await using stand = await createStand()
      const backend = await stand.backend('r', (request, response) => {
        if (request.url === '/up') response.writeHead(403).end('refused')
        else setTimeout(() => response.end('slow'), 50)
      })
      stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
      const got = await raw(stand.proxy.port, `GET /slow HTTP/1.1\r\nHost: x\r\n\r\n${second}`, (so) =>
        /HTTP\/1.1 4\d\d [^]*(refused|\})/.test(so),
      )
      expect(got).to.match(/^HTTP\/1.1 200 OK\r\n[^]*slow[^]*HTTP\/1.1 4\d\d /)
      expect(got.match(/HTTP\/1.1 /g)).to.have.length(2)
      expect(stand.proxy.counters(Date.now())[0]).to.include({ errors: 0 })
      expect(stand.proxy.ledger().faults).to.deep.equal({ client: 0, backend: 0, proxy: 0 })
    })

  it('is also refused after answers that Node writes by itself', async () => {
    await using stand = await createStand()
    stand.route([{ revision: 'a', weight: 100, backends: [await stand.backend('r', (_, response) => response.end())] }])
    for (const first of ['Host: x\r\nExpect: wonders', 'X: no host'])
      expect(await raw(stand.proxy.port, `GET / HTTP/1.1\r\n${first}\r\n\r\nGET /up HTTP/1.1\r\n${upgrade}\r\n`)).to.match(
        /^HTTP\/1.1 (417|400) /,
      )
    expect(stand.proxy.ledger()).to.deep.include({ refused: { 400: 1, 417: 1 }, faults: { client: 0, backend: 0, proxy: 0 } })
  })

  it('is refused during its body: answered 400, aborted at the backend, no error of its version', async () => {
    await using stand = await createStand()
    const backend = await stand.backend('r', (request) => void request.resume())
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    const asked = once(backend.server, 'request')
    const client = createConnection({ host: '127.0.0.1', port: stand.proxy.port })
    client.write('PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n')
    const [request] = await asked
    const aborted = new Promise((resolve) => request.on('error', () => {}).on('close', resolve))
    client.write('no chunk\r\n')
    expect(await text(client)).to.match(/^HTTP\/1.1 400 Bad Request\r\n/)
    await aborted
    expect(stand.proxy.counters(Date.now())[0]).to.include({ requests: 0, errors: 0, inFlight: 0 })
    expect(stand.proxy.ledger()).to.deep.include({
      ...{ drawn: 1, refused: { 400: 1 } },
      ended: { answered: 0, failed: 0, 'timed-out': 0, abandoned: 1 },
    })
  })
})

describe('a refused upgrade', () => {
  it('with a large body is answered whole', async () => {
    await using stand = await createStand()
    const backend = await stand.backend('r', () => {})
    const body = 'x'.repeat(3_000_000)
    backend.server.on(
      'upgrade',
      (_, socket) => void socket.end(`HTTP/1.1 403 No\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
    )
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    const got = await raw(stand.proxy.port, `GET / HTTP/1.1\r\n${upgrade}\r\n`)
    expect(got.split('\r\n\r\n')[1]).to.have.length(body.length)
  })

  it('ends when its client leaves, whether its answer has no end or has not begun', async () => {
    await using stand = await createStand({ timeoutMs: 60_000 })
    const backend = await stand.backend('r', () => {})
    backend.server.on('upgrade', (request, socket) => {
      socket
        .on('error', () => {})
        .on('end', () => socket.destroy())
        .resume()
      if (request.url === '/endless') socket.write('HTTP/1.1 403 No\r\n\r\nbegun')
    })
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    for (const path of ['/endless', '/silent']) {
      const asked = once(backend.server, 'upgrade')
      const client = createConnection({ host: '127.0.0.1', port: stand.proxy.port })
      client.write(`GET ${path} HTTP/1.1\r\n${upgrade}\r\n`)
      await asked
      if (path === '/endless') await once(client, 'data')
      client.destroy()
      await until(() => stand.proxy.inFlight('a') === 0)
    }
    expect(stand.proxy.ledger().ended).to.include({ answered: 1, abandoned: 1 })
  })

  it('that is not answered yet does not delay the end of its proxy', async () => {
    await using stand = await createStand({ timeoutMs: 60_000 })
    const backend = await stand.backend('r', () => {})
    const asked = once(backend.server, 'upgrade')
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    const got = raw(stand.proxy.port, `GET / HTTP/1.1\r\n${upgrade}\r\n`).catch(() => '')
    const [, socket] = await asked
    await stand.proxy.close()
    expect(await got).to.equal('')
    socket.destroy()
  })
})

describe('the last guard', () => {
  it("logs no message of an error without a code, because the message may contain a client's input", () => {
    const told: string[] = []
    createFaults((message) => void told.push(message)).guarded('client', () => {
      throw new TypeError('a password')
    })()
    expect(told).to.have.length(1)
    expect(told[0]).to.include('TypeError').and.not.include('password')
  })

  it('counts, answers and logs what a handler throws, and what its answer throws', () => {
    const told: string[] = []
    const faults = createFaults((line) => told.push(line))
    const answered: unknown[] = []
    const fail = (): never => {
      throw Object.assign(new TypeError('words of a client'), { code: 'ERR_X' })
    }
    faults.guarded('client', fail, (...args: unknown[]) => answered.push(args))()
    faults.guarded('backend', fail, fail)()
    expect(answered).to.have.length(1)
    expect(faults.counts()).to.deep.equal({ client: 1, backend: 1, proxy: 1 })
    expect(told).to.have.length(3)
    for (const line of told) expect(line).to.include('ERR_X').and.not.include('words of a client')
  })

  it('logs one fault of a kind in 10 s, and then their number', () => {
    const told: string[] = []
    let now = 0
    const faults = createFaults(
      (line) => told.push(line),
      () => now,
    )
    for (now = 0; now < 25_000; now += 10) faults.note('client', new Error('again'))
    expect(faults.counts().client).to.equal(2_500)
    expect(told).to.have.length(3)
    expect(told[1]).to.include('999 more')
  })

  it('is around every listener and timer of the proxy', async () => {
    const folder = join(import.meta.dirname, '../../../local-runtime/proxy')
    const bare: string[] = []
    for (const file of await readdir(folder)) {
      const text = (await readFile(join(folder, file), 'utf8')).replace(/^\s*(\/\/|\*|\/\*).*$/gm, '')
      for (const [call] of text.matchAll(
        /\b(?:\w+\.(?:on|once)|setImmediate|nextTick|setTimeout|startTimer)\(\s*[^\n]*(?:\n[^\n]*)?/g,
      ))
        if (!/guard|gone|asked|overdue|check|reject|faults\.note|onAnswer|event, faults|done, error|hear\)|leave\)/.test(call))
          bare.push(`${file}: ${call}`)
    }
    expect(bare).to.deep.equal([])
  })
})
