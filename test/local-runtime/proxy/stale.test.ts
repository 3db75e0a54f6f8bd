/** A kept connection that the backend closes during a request: avoided, repeated if that is safe, else an error. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { ask, createStand, until } from './stand.ts'

/** A backend that answers the first request of each connection and resets at the second, having read it. */
const resettingAtSecond = async () => {
  const stand = await createStand()
  const seen = new WeakSet()
  const backend = await stand.backend('r', (request, response) => {
    if (seen.has(request.socket)) return request.socket.resetAndDestroy()
    seen.add(request.socket)
    response.end('ok')
  })
  stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
  return stand
}

describe('a kept connection that is reset before any byte of an answer', () => {
  it('is replaced once for a GET', async () => {
    await using stand = await resettingAtSecond()
    expect((await ask(stand.url)).status).to.equal(200)
    expect((await ask(stand.url)).status).to.equal(200)
    expect(stand.proxy.counters(Date.now())[0]).to.include({ requests: 2, errors: 0 })
  })

  it('fails a POST, which may have had its effect', async () => {
    await using stand = await resettingAtSecond()
    // If the machine pauses between the two, the POST gets a new connection.
    let status = 200
    for (let round = 0; status === 200 && round < 20; round += 1) {
      await ask(stand.url)
      status = (await ask(stand.url, { method: 'POST' })).status
    }
    expect(status).to.equal(502)
    expect(stand.proxy.counters(Date.now())[0]).to.include({ errors: 1 })
  })

  it('is not used for a POST or an upload once it has been idle for a moment', async () => {
    await using stand = await resettingAtSecond()
    for (const request of [{ method: 'POST' }, { method: 'PUT', body: 'all of it' }]) {
      await ask(stand.url)
      const idleSinceMs = performance.now()
      await until(() => performance.now() - idleSinceMs > 300)
      expect((await ask(stand.url, request)).status).to.equal(200)
    }
    expect(stand.proxy.counters(Date.now())[0]).to.include({ requests: 4, errors: 0 })
  })
})

describe('a backend that says how long it keeps connections', () => {
  it('is not used after that time', async () => {
    await using stand = await createStand()
    const accepted = new Set<number | undefined>()
    const backend = await stand.backend('r', (request, response) => {
      accepted.add(request.socket.remotePort)
      response.end('ok')
    })
    backend.server.keepAliveTimeout = 1_000
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    const first = await ask(stand.url)
    await ask(stand.url)
    expect(first.status).to.equal(200)
    expect(accepted.size, 'connections of two requests').to.equal(2)
    await until(() => backend.connections.size === 0, 900)
  })

  it('gets requests on the same connection within a longer time', async () => {
    await using stand = await createStand()
    const accepted = new Set<number | undefined>()
    const backend = await stand.backend('r', (request, response) => {
      accepted.add(request.socket.remotePort)
      response.end('ok')
    })
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    await ask(stand.url)
    await ask(stand.url)
    expect(accepted.size, 'connections of two requests').to.equal(1)
  })
})

describe('a connection that is reset in the middle of the headers', () => {
  it('is not repeated', async () => {
    await using stand = await createStand()
    let served = 0
    const backend = await stand.backend('r', (request, response) => {
      served++
      if (served === 1) return response.end('ok')
      request.socket.write('HTTP/1.1 200 OK\r\nx-half: ', () => request.socket.resetAndDestroy())
    })
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    await ask(stand.url)
    expect((await ask(stand.url)).status).to.equal(502)
    expect(served).to.equal(2)
  })
})
