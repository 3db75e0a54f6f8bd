/** A kept connection that the backend closes under a request: repeated where that is safe, an error where it is not. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { ask, createStand } from './stand.ts'

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

  it('fails a POST: it may have had its effect', async () => {
    await using stand = await resettingAtSecond()
    await ask(stand.url)
    expect((await ask(stand.url, { method: 'POST' })).status).to.equal(502)
    expect(stand.proxy.counters(Date.now())[0]).to.include({ requests: 2, errors: 1 })
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
