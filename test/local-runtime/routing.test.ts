/** The router's settings that belong to a version: they apply from its promotion on, and are reverted with it. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { freePort } from '../../adapters/free-port.ts'
import { localTarget } from '../../adapters/target/local.ts'
import { environmentKey } from '../../domain/identity.ts'
import { fencingToken, outcomeOf, ref } from '../adapters/stand.ts'
import type { TestRuntime } from '../stack/runtime.ts'
import { demoService, startRuntime } from '../stack/runtime.ts'
import { until } from '../stack/until.ts'

const old = { timeoutMs: 2_000, sticky: 'none', edgesMs: [100] }

const at = (port: number) => `http://127.0.0.1:${port}`
const answers = (url: string) =>
  fetch(url).then(
    ({ status }) => status,
    () => 'nobody there',
  )

/** Starts both versions, whose answers take `delayMs`. The stable one has all traffic. */
async function startBoth({ client }: TestRuntime, delayMs = 0): Promise<string> {
  const { url } = await client.open(ref, old, fencingToken(1, 1))
  const { digest } = await client.importArtifact(demoService)
  for (const version of ['1.0.0', '1.1.0']) {
    const env = { DEMO_VERSION: version, DEMO_MODE: delayMs > 0 ? 'slow' : 'healthy', DEMO_DELAY_MS: String(delayMs) }
    const config = localTarget.config.parse({ command: [process.execPath, 'server.mjs'], env, drain: '1s', grace: '1s' })
    await client.run(ref, { revision: `r-${version}`, version, artifact: digest, config }, 1, fencingToken(1, 1))
  }
  await until('two healthy versions', async () => (await client.status(ref)).every(({ readyReplicas }) => readyReplicas === 1))
  await client.setWeights(ref, { 'r-1.0.0': 100 }, fencingToken(1, 2), [], { router: old })
  return url
}

const countersOf = async ({ client }: TestRuntime, revision: string) => {
  const text = await (await fetch((await client.info()).metricsUrl)).text()
  const lines = text.split('\n').filter((line) => line.includes(`revision="${revision}"`))
  return (name: string, more = '') =>
    Number(
      lines
        .find((line) => line.startsWith(`${name}{`) && line.includes(more))
        ?.split(' ')
        .at(-1) ?? Number.NaN,
    )
}

describe('the port of a service', function () {
  this.timeout(60_000)

  it('changes with the promotion, with answers at both ports until the end of the watch, and is reverted with the version', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    const url = await startBoth(runtime)
    const port = await freePort()
    const next = { ...old, port }
    await client.open(ref, old, fencingToken(2, 1), next)
    await client.setWeights(ref, { 'r-1.0.0': 50, 'r-1.1.0': 50 }, fencingToken(2, 2), [], {
      router: old,
      trial: { revision: 'r-1.1.0', router: next },
    })
    expect([await answers(url), await answers(at(port))]).to.deep.equal([200, 'nobody there'])

    await client.setWeights(ref, { 'r-1.1.0': 100 }, fencingToken(2, 3), [], { router: next })
    expect((await client.traffic(ref)).url).to.equal(at(port))
    expect([await answers(url), await answers(at(port))]).to.deep.equal([200, 200])

    await client.setWeights(ref, { 'r-1.0.0': 100 }, fencingToken(2, 4), ['r-1.1.0'], { router: old })
    expect((await client.traffic(ref)).url).to.equal(url)
    expect([await answers(url), await answers(at(port))]).to.deep.equal([200, 200])
    await client.open(ref, old, fencingToken(2, 5))
    expect([await answers(url), await answers(at(port))]).to.deep.equal([200, 'nobody there'])
  })

  it('is the same after a kill at any point, also while there are two', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    const url = await startBoth(runtime)
    const port = await freePort()
    await client.setWeights(ref, { 'r-1.1.0': 100 }, fencingToken(2, 3), [], { router: { ...old, port } })
    await runtime.kill()
    await runtime.start()
    expect((await client.traffic(ref)).url).to.equal(at(port))
    await until('both ports', async () => (await answers(url)) === 200 && (await answers(at(port))) === 200)
  })

  it('is not changed by a late call, which leaves no port open', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    const url = await startBoth(runtime)
    const next = { ...old, port: await freePort() }
    await client.open(ref, old, fencingToken(3, 1))
    const late = client.setWeights(ref, { 'r-1.1.0': 100 }, fencingToken(2, 3), [], { router: next })
    expect(await outcomeOf(late)).to.equal('stale-token')
    expect([(await client.traffic(ref)).url, await answers(at(next.port))]).to.deep.equal([url, 'nobody there'])
  })

  it('that cannot be opened is refused before any user is moved', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    const url = await startBoth(runtime)
    const other = { ...ref, service: 'other' }
    const taken = { ...old, port: Number(new URL((await client.open(other, old, fencingToken(1, 1))).url).port) }
    expect(await outcomeOf(client.open(ref, old, fencingToken(2, 1), taken))).to.equal('port-taken')
    const promotion = client.setWeights(ref, { 'r-1.1.0': 100 }, fencingToken(2, 2), [], { router: taken })
    expect(await outcomeOf(promotion)).to.equal('port-taken')
    expect(await client.traffic(ref)).to.deep.include({ desired: { 'r-1.0.0': 100 }, url })
  })

  it('can be reverted to an assigned port that was never declared', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    const url = await startBoth(runtime)
    for (const turn of [2, 3]) {
      await client.setWeights(ref, { 'r-1.1.0': 100 }, fencingToken(turn, 1), [], {
        router: { ...old, port: await freePort() },
      })
      await client.open(ref, old, fencingToken(turn, 2))
      await client.setWeights(ref, { 'r-1.0.0': 100 }, fencingToken(turn, 3), [], { router: old })
      expect((await client.traffic(ref)).url).to.equal(url)
    }
  })

  it('stays assigned while a declared one is used, also after a kill: no other environment gets it', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    const url = await startBoth(runtime)
    const next = { ...old, port: await freePort() }
    await client.setWeights(ref, { 'r-1.1.0': 100 }, fencingToken(2, 1), [], { router: next })
    await client.open(ref, next, fencingToken(2, 2))
    await until('nobody at the port of its own', async () => (await answers(url)) === 'nobody there')
    await runtime.kill()
    await runtime.start()
    const others = await Promise.all(
      ['a', 'b'].map(async (service) => (await client.open({ ...ref, service }, old, fencingToken(1, 1))).url),
    )
    expect(others).to.not.include(url)
    expect((await client.ports()).held[environmentKey(ref)]).to.have.members([next.port, Number(new URL(url).port)])
    await client.setWeights(ref, { 'r-1.0.0': 100 }, fencingToken(3, 1), [], { router: old })
    expect((await client.traffic(ref)).url).to.equal(url)
    await until('both ports', async () => (await answers(url)) === 200 && (await answers(at(next.port))) === 200)
  })
})

describe('the settings of a canary', function () {
  this.timeout(60_000)

  it('include its timeout, while the stable version keeps the one that it was promoted with', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    const url = await startBoth(runtime, 400)
    const trial = { revision: 'r-1.1.0', router: { ...old, timeoutMs: 100 } }
    await client.setWeights(ref, { 'r-1.0.0': 50, 'r-1.1.0': 50 }, fencingToken(2, 2), [], { router: old, trial })
    await Promise.all(Array.from({ length: 40 }, () => answers(url)))
    const [stable, canary] = [await countersOf(runtime, 'r-1.0.0'), await countersOf(runtime, 'r-1.1.0')]
    expect(stable('holdfast_request_errors_total')).to.equal(0)
    expect(stable('holdfast_requests_total')).to.be.greaterThan(0)
    expect(canary('holdfast_request_errors_total')).to.equal(canary('holdfast_requests_total')).and.greaterThan(0)
  })

  it('include its latency edges, which are counted for both versions and reset no other counter', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    const url = await startBoth(runtime, 30)
    for (let n = 0; n < 5; n++) await answers(url)
    const trial = { revision: 'r-1.1.0', router: { ...old, edgesMs: [20] } }
    await client.setWeights(ref, { 'r-1.0.0': 99, 'r-1.1.0': 1 }, fencingToken(2, 2), [], { router: old, trial })
    await client.setWeights(ref, { 'r-1.0.0': 100, 'r-1.1.0': 0 }, fencingToken(2, 3), [], { router: old, trial })
    for (let n = 0; n < 3; n++) await answers(url)
    const counted = await countersOf(runtime, 'r-1.0.0')
    expect(counted('holdfast_requests_total')).to.equal(8)
    expect(counted('holdfast_request_edge_entered_total', 'edge_ms="100"')).to.equal(8)
    expect(counted('holdfast_request_edge_entered_total', 'edge_ms="20"')).to.equal(3)
    expect(counted('holdfast_request_edge_slow_total', 'edge_ms="20"')).to.equal(3)
  })
})
