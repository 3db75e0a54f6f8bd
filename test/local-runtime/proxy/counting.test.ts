/** What the proxy counts, when, and as what. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { OutgoingHttpHeaders } from 'node:http'
import { createConnection } from 'node:net'
import { ask, createStand, deadPort, until } from './stand.ts'
import type { Stand } from './stand.ts'

const only = (stand: Stand) => {
  const [sample] = stand.proxy.counters(Date.now())
  if (!sample) throw new Error('no replica')
  return sample
}

describe('an outcome', () => {
  it('is counted in one increment with its request: 5xx are errors, 2xx and 4xx are not', async () => {
    await using stand = await createStand()
    const backend = await stand.backend('r', (request, response) => response.writeHead(Number(request.url?.slice(1))).end())
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    for (const status of [200, 401, 503, 204]) expect((await ask(`${stand.url}/${status}`)).status).to.equal(status)
    expect(only(stand)).to.deep.include({ requests: 4, errors: 1, statuses: { 200: 1, 204: 1, 401: 1, 503: 1 } })
  })

  it('is an error, answered 502, when nothing listens', async () => {
    await using stand = await createStand()
    stand.route([{ revision: 'a', weight: 100, backends: [{ replica: 'r', port: await deadPort() }] }])
    const { status, body } = await ask(stand.url)
    expect([status, JSON.parse(body).title]).to.deep.equal([502, 'Bad Gateway'])
    expect(only(stand)).to.deep.include({ requests: 1, errors: 1, statuses: {} })
  })

  it('is an error, answered 504, when headers do not come in time after the last byte, slow on every edge', async () => {
    await using stand = await createStand({ timeoutMs: 150, edgesMs: [100, 500] })
    stand.route([{ revision: 'a', weight: 100, backends: [await stand.backend('r', () => {})] }])
    expect((await ask(stand.url)).status).to.equal(504)
    const { requests, errors, edges } = only(stand)
    expect({ requests, errors, slow: edges.map(({ slow }) => slow) }).to.deep.equal({ requests: 1, errors: 1, slow: [1, 1] })
  })

  it('is no timeout after 1 ms when the timeout is longer than 24.8 days', async () => {
    await using stand = await createStand({ timeoutMs: 600 * 3_600_000 })
    const backend = await stand.backend('r', (_, response) => void setTimeout(() => response.end('ok'), 50))
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    expect((await ask(stand.url)).status).to.equal(200)
    expect(only(stand)).to.include({ requests: 1, errors: 0 })
  })

  it('is no timeout when the answer had arrived and only the proxy was blocked', async () => {
    await using stand = await createStand({ timeoutMs: 100 })
    const backend = await stand.backend('r', (_, response) => {
      // The answer is written and not yet read by the proxy, whose timer is due in the next turn of the loop.
      response.end('ok', () => {
        const heldUntil = performance.now() + 300
        while (performance.now() < heldUntil);
      })
    })
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    expect((await ask(stand.url)).status).to.equal(200)
    expect(only(stand)).to.include({ requests: 1, errors: 0 })
  })

  it('does not time out while the body is still coming, nor while the answer is', async () => {
    await using stand = await createStand({ timeoutMs: 100 })
    const backend = await stand.backend('r', (request, response) => {
      request.resume().on('end', () => {
        response.write('begun')
        setTimeout(() => response.end(), 200)
      })
    })
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    const got = await new Promise<string>((resolve) => {
      let text = ''
      const socket = createConnection({ host: '127.0.0.1', port: stand.proxy.port })
      socket.write('POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\na')
      setTimeout(() => socket.write('b'), 200)
      socket.on('data', (chunk) => (text += chunk)).on('close', () => resolve(text))
    })
    expect(got).to.match(/^HTTP\/1.1 200 OK[^]*begun[^]*\r\n0\r\n/)
    expect(only(stand).errors).to.equal(0)
  })

  it('is not counted when the client leaves before it: no request and no error, but a passed edge stays counted', async () => {
    await using stand = await createStand({ edgesMs: [50, 1_000] })
    stand.route([{ revision: 'a', weight: 100, backends: [await stand.backend('r', () => {})] }])
    const gone = new AbortController()
    const asked = fetch(stand.url, { signal: gone.signal }).catch(() => undefined)
    await until(() => only(stand).edges[0]?.slow === 1)
    expect(only(stand)).to.deep.include({ requests: 0, inFlight: 1 })
    gone.abort()
    await asked
    await until(() => only(stand).inFlight === 0)
    const { requests, errors, edges } = only(stand)
    expect({ requests, errors }).to.deep.equal({ requests: 0, errors: 0 })
    expect(edges).to.deep.equal([
      { edgeMs: 50, entered: 1, slow: 1 },
      { edgeMs: 1_000, entered: 0, slow: 0 },
    ])
  })
})

describe('an answer that its version breaks off after the headers', () => {
  /** A backend that answers / well, breaks off /length and /chunked, and breaks off a stream at /events. */
  async function breaking(stand: Stand) {
    const heads: Record<string, OutgoingHttpHeaders> = {
      '/length': { 'content-length': 10 },
      '/chunked': {},
      '/events': { 'content-type': 'text/event-stream' },
      '/failed': { 'content-length': 10 },
    }
    const backend = await stand.backend('r', (request, response) => {
      const head = heads[request.url ?? '']
      if (!head) return response.end('whole')
      response.writeHead(request.url === '/failed' ? 500 : 200, head)
      return response.write('begun', () => response.destroy())
    })
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    return backend
  }
  const isCut = (stand: Stand, path: string) =>
    ask(`${stand.url}${path}`).then(
      () => false,
      () => true,
    )

  for (const path of ['/length', '/chunked'])
    it(`is counted as an error of the next request, so that there are never more errors than requests (${path})`, async () => {
      await using stand = await createStand()
      await breaking(stand)
      for (let round = 0; round < 2; round += 1) expect(await isCut(stand, path)).to.equal(true)
      expect(only(stand)).to.include({ requests: 2, errors: 1 })
      for (let round = 0; round < 2; round += 1) await ask(stand.url)
      expect(only(stand)).to.include({ requests: 4, errors: 2 })
      const [history] = stand.proxy.history('a', Date.now() - 60_000)
      expect(history?.blocks.every(({ requests, errors }) => errors <= requests)).to.equal(true)
    })

  it('is no second error after an error status, and no error for a stream, which has no end', async () => {
    await using stand = await createStand()
    await breaking(stand)
    expect(await isCut(stand, '/failed')).to.equal(true)
    await isCut(stand, '/events')
    await ask(stand.url)
    expect(only(stand)).to.include({ requests: 3, errors: 1 })
  })

  it('is no error when the client left first', async () => {
    await using stand = await createStand()
    const backend = await stand.backend('r', (request, response) => {
      if (request.url === '/') return response.end('whole')
      return response.writeHead(200, { 'content-length': 10 }).write('begun')
    })
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    const gone = new AbortController()
    await fetch(`${stand.url}/begun`, { signal: gone.signal })
    gone.abort()
    await until(() => only(stand).inFlight === 0)
    await ask(stand.url)
    expect(only(stand)).to.include({ requests: 2, errors: 0 })
  })

  it("is an error of the revision's next request, even if the replica has left the table meanwhile", async () => {
    await using stand = await createStand()
    let close = () => {}
    const first = await stand.backend('r', (_, response) => {
      close = () => response.destroy()
      response.writeHead(200, { 'content-length': 10 }).write('begun')
    })
    const second = await stand.backend('s', (_, response) => response.end('whole'))
    stand.route([{ revision: 'a', weight: 100, backends: [first] }])
    const cut = isCut(stand, '/')
    await until(() => only(stand).requests === 1)
    stand.route([{ revision: 'a', weight: 100, backends: [second] }])
    close()
    expect(await cut).to.equal(true)
    for (let round = 0; round < 2; round += 1) await ask(stand.url)
    const counted = stand.proxy.counters(Date.now()).map(({ replica, requests, errors }) => [replica, requests, errors])
    expect(counted).to.deep.equal([
      ['r', 1, 0],
      ['s', 2, 1],
    ])
  })
})

describe('latency counters', () => {
  it('count a request in flight as slow once it passes an edge, and never fall', async () => {
    await using stand = await createStand({ edgesMs: [30, 60] })
    const backend = await stand.backend('r', (_, response) => void setTimeout(() => response.end(), 90))
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    const asked = Promise.all(Array.from({ length: 20 }, () => ask(stand.url)))
    let before = only(stand)
    let seenInFlight = false
    const look = () => {
      const now = only(stand)
      if (now.requests === 0 && (now.edges[0]?.slow ?? 0) > 0) seenInFlight = true
      for (const [at, edge] of now.edges.entries()) {
        expect(edge.slow).to.be.at.least(before.edges[at]?.slow ?? 0)
        expect(edge.entered).to.be.at.least(Math.max(edge.slow, before.edges[at]?.entered ?? 0))
      }
      before = now
      return now.requests === 20
    }
    await until(look)
    await asked
    expect(seenInFlight).to.equal(true)
    expect(before.edges.map(({ entered, slow }) => [entered, slow])).to.deep.equal([
      [20, 20],
      [20, 20],
    ])
  })
})

describe('a replica that has left the table', () => {
  it('stays readable for ten minutes, and no longer', async () => {
    await using stand = await createStand()
    const backend = await stand.backend('r', (_, response) => response.end())
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    await ask(stand.url)
    stand.route([])
    const now = Date.now()
    expect(stand.proxy.counters(now + 590_000).map(({ requests }) => requests)).to.deep.equal([1])
    expect(stand.proxy.counters(now + 610_000)).to.deep.equal([])
  })
})
