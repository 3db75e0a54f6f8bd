import { createServer } from 'node:net'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { freePort } from '../../adapters/free-port.ts'
import { fencingToken, outcomeOf, ref } from '../adapters/stand.ts'
import { startRuntime } from '../stack/runtime.ts'
import { until } from '../stack/until.ts'

const router = { timeoutMs: 1_000, sticky: 'none', edgesMs: [100] }

/** Another program on the machine that listens there. */
async function occupy(port: number) {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  const free = () => new Promise((resolve) => server.close(resolve))
  return { free, [Symbol.asyncDispose]: async () => void (await free()) }
}

describe('the port of an environment', function () {
  this.timeout(30_000)

  it('is unique, however many environments are opened at once, and stays after a restart', async () => {
    await using runtime = await startRuntime()
    const environments = Array.from({ length: 8 }, (_, n) => ({ ...ref, service: `shop-${n}` }))
    const urls = (await Promise.all(environments.map((each) => runtime.client.open(each, router, fencingToken(1, 1))))).map(
      ({ url }) => url,
    )
    expect(new Set(urls).size).to.equal(8)
    await runtime.stop()
    await runtime.start()
    const after = await Promise.all(environments.map((each) => runtime.client.open(each, router, fencingToken(1, 1))))
    expect(after.map(({ url }) => url)).to.deep.equal(urls)
  })

  it('may change until the environment has been opened', async () => {
    await using runtime = await startRuntime()
    // This fails, but makes the environment known.
    await outcomeOf(runtime.client.setWeights(ref, { none: 100 }, { workflowId: 'w', token: 1, step: 1 }, []))
    const other = { ...ref, service: 'other' }
    const chosen = new URL((await runtime.client.open(other, router, fencingToken(1, 1))).url).port
    await using _ = await occupy(Number(chosen) + 1)
    const { url } = await runtime.client.open(ref, router, fencingToken(1, 1))
    expect(Number(new URL(url).port)).to.be.greaterThan(Number(chosen) + 1)
    expect((await fetch(url)).status).to.equal(503)
  })

  it('that is declared is used or is an error, and after an error the environment stays at its port', async () => {
    await using runtime = await startRuntime()
    const { url } = await runtime.client.open(ref, router, fencingToken(1, 1))
    const port = await freePort()
    await using taken = await occupy(port)
    expect(await outcomeOf(runtime.client.open(ref, { ...router, port }, fencingToken(1, 1)))).to.equal('port-taken')
    expect((await fetch(url)).status).to.equal(503)
    await taken.free()
    expect((await runtime.client.open(ref, { ...router, port }, fencingToken(1, 1))).url).to.equal(`http://127.0.0.1:${port}`)
  })

  it('that another program took while the runtime was down is waited for, and the other environments continue', async () => {
    await using runtime = await startRuntime()
    const other = { ...ref, service: 'other' }
    const { url } = await runtime.client.open(ref, router, fencingToken(1, 1))
    const { url: otherUrl } = await runtime.client.open(other, router, fencingToken(1, 1))
    await runtime.stop()
    await using taken = await occupy(Number(new URL(url).port))
    await runtime.start()
    expect((await fetch(otherUrl)).status).to.equal(503)
    await taken.free()
    await until('the environment at its own port', () =>
      fetch(url).then(
        ({ status }) => status === 503,
        () => false,
      ),
    )
  })

  it('is free for another environment once its own is closed, so there can be more environments over time than ports', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    const urls = new Set<string>()
    for (let n = 0; n < 120; n += 1) {
      const each = { ...ref, service: `shop-${n}` }
      urls.add((await client.open(each, router, fencingToken(1, 1))).url)
      await client.closeEnvironment(each, fencingToken(1, 2))
    }
    expect(urls.size).to.be.at.most(100)
    // A late call does not open it again, and a newer one does.
    const first = { ...ref, service: 'shop-0' }
    expect(await outcomeOf(client.open(first, router, fencingToken(1, 1)))).to.equal('stale-token')
    expect((await client.open(first, router, fencingToken(2, 1))).url).to.match(/^http/)
    await client.closeEnvironment({ ...ref, service: 'never-opened' }, fencingToken(1, 1))
    await runtime.stop()
    await runtime.start()
    expect((await client.traffic(first)).url).to.match(/:\d{4,5}$/)
  })
})
