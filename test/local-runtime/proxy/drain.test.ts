/** Changes of weights and removals of versions under load, which no user notices. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { openLoop } from '../../../cli/traffic/load.ts'
import { ask, createStand, until } from './stand.ts'

describe('a revision that has left the table', () => {
  it('gets no new request, and is drained when its last one is answered', async () => {
    await using stand = await createStand()
    let finish = () => {}
    const old = await stand.backend('old', (_, response) => {
      finish = () => response.end('old')
    })
    const next = await stand.backend('next', (_, response) => response.end('next'))
    stand.route([{ revision: 'a', weight: 100, backends: [old] }])
    const asked = ask(stand.url)
    await until(() => stand.proxy.inFlight('a') === 1)
    stand.route([{ revision: 'b', weight: 100, backends: [next] }])
    let drained = false
    const done = stand.proxy.drained('a').then(() => (drained = true))
    expect((await ask(stand.url)).body).to.equal('next')
    expect(drained).to.equal(false)
    finish()
    expect((await asked).body).to.equal('old')
    await done
    await until(() => old.connections.size === 0)
  })
})

describe('under 500 requests a second', () => {
  it('100 changes of weight and 20 removals of a version fail no request', async function () {
    this.timeout(90_000)
    // The default timeout of a declaration, and a client that keeps sending. Load, proxy and 21 backends share one event loop here, so on
    // a busy machine a shorter timeout would only measure the load.
    await using stand = await createStand({ timeoutMs: 15_000 })
    const start = (name: string) =>
      stand.backend(name, (_, response) => void setTimeout(() => response.setHeader('x-version', name).end('ok'), 3))
    const stable = await start('stable')
    const stop = new AbortController()
    const load = openLoop({ url: stand.url, rps: 500, forMs: Infinity, signal: stop.signal, maxOutstanding: Infinity })
    stand.route([{ revision: 'stable', weight: 100, backends: [stable] }])
    for (let removal = 0; removal < 20; removal++) {
      const revision = `canary-${removal}`
      const canary = await start(revision)
      const answered = () => stand.proxy.counters(Date.now()).find(({ replica }) => replica === revision)?.requests ?? 0
      for (const weight of [10, 30, 50, 70, 100]) {
        const before = answered()
        stand.route([
          { revision: 'stable', weight: 100 - weight, backends: [stable] },
          { revision, weight, backends: [canary] },
        ])
        await until(() => answered() >= before + 4, 15_000)
      }
      stand.route([{ revision: 'stable', weight: 100, backends: [stable] }])
      await stand.proxy.drained(revision)
      canary.server.closeAllConnections()
      await new Promise((resolve) => canary.server.close(resolve))
    }
    stop.abort()
    const { failed, requests, versions } = await load
    expect(failed).to.deep.equal([])
    expect(requests).to.be.greaterThan(750)
    expect(Object.keys(versions)).to.have.length(21)
  })
})
