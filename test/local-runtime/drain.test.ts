import { expect } from 'chai'
import { describe, it } from 'mocha'
import { localTarget } from '../../adapters/target/local.ts'
import { fencingToken, outcomeOf, ref, removeWhole } from '../adapters/stand.ts'
import type { TestRuntime } from '../stack/runtime.ts'
import { demoService, startRuntime } from '../stack/runtime.ts'
import { until } from '../stack/until.ts'

const router = { timeoutMs: 5_000, sticky: 'none', edgesMs: [100, 500] }

/** Runs a version whose every answer takes 300 ms, and waits for its replicas. */
async function run({ client }: TestRuntime, version: string, replicas: number, step: number) {
  const { digest } = await client.importArtifact(demoService)
  const config = localTarget.config.parse({
    command: [process.execPath, 'server.mjs'],
    env: { DEMO_VERSION: version, DEMO_MODE: 'slow', DEMO_DELAY_MS: '300' },
    drain: '5s',
    grace: '1s',
  })
  await client.run(ref, { revision: `r-${version}`, version, artifact: digest, config }, replicas, fencingToken(1, step))
  await until('healthy replicas', async () => {
    const status = (await client.status(ref)).find(({ revision }) => revision === `r-${version}`)
    return status?.readyReplicas === replicas
  })
}

/** Users who send requests all the time. Once stopped, it resolves with every status or failure. */
function askAllTheTime(url: string, everyMs = 10) {
  const answers: Promise<number | string>[] = []
  const ask = () =>
    fetch(url).then(
      async (answer) => (await answer.text(), answer.status),
      (error: Error) => (error.cause instanceof Error ? error.cause.message : error.message),
    )
  const timer = setInterval(() => answers.push(ask()), everyMs)
  return {
    asked: () => answers.length,
    async stop() {
      clearInterval(timer)
      return Promise.all(answers)
    },
  }
}

const allGood = (answers: readonly unknown[]) => expect(answers.filter((answer) => answer !== 200)).to.deep.equal([])

describe('no request is lost', function () {
  this.timeout(60_000)

  it('when replicas are added and removed', async () => {
    await using runtime = await startRuntime()
    const { url } = await runtime.client.open(ref, router, fencingToken(1, 1))
    await run(runtime, '1.0.0', 3, 1)
    await runtime.client.setWeights(ref, { 'r-1.0.0': 100 }, fencingToken(1, 2), [])
    const users = askAllTheTime(url)
    for (const [index, replicas] of [1, 3, 1].entries()) {
      await run(runtime, '1.0.0', replicas, 3 + index)
      const before = users.asked()
      await until('more requests', () => users.asked() > before + 40)
    }
    await until('two replicas and two more ended', async () => {
      const effects = await runtime.client.effects(ref)
      return effects.filter(({ kind }) => kind === 'ended').length === 4
    })
    allGood(await users.stop())
  })

  it('when a version is replaced and removed, and the removal is answered once it is gone', async () => {
    await using runtime = await startRuntime()
    const { url } = await runtime.client.open(ref, router, fencingToken(1, 1))
    await run(runtime, '1.0.0', 1, 1)
    await run(runtime, '1.1.0', 1, 1)
    await runtime.client.setWeights(ref, { 'r-1.0.0': 100 }, fencingToken(1, 2), [])
    const users = askAllTheTime(url)
    await until('requests', () => users.asked() > 40)
    expect(await outcomeOf(runtime.client.remove(ref, 'r-1.0.0', fencingToken(1, 3)))).to.equal('wrong-phase')
    await runtime.client.setWeights(ref, { 'r-1.1.0': 100 }, fencingToken(1, 3), [])
    await removeWhole(runtime.client, 'r-1.0.0', fencingToken(1, 4))
    const ended = (await runtime.client.effects(ref)).filter(({ kind }) => kind === 'ended')
    expect(ended.map(({ revision, step }) => [revision, step])).to.deep.equal([['r-1.0.0', 4]])
    allGood(await users.stop())
  })

  it('when the settings of the front change: timeout, edges, stickiness', async () => {
    await using runtime = await startRuntime()
    const { url } = await runtime.client.open(ref, router, fencingToken(1, 1))
    await run(runtime, '1.0.0', 1, 1)
    await runtime.client.setWeights(ref, { 'r-1.0.0': 100 }, fencingToken(1, 2), [])
    const users = askAllTheTime(url)
    for (const change of [{ timeoutMs: 6_000 }, { edgesMs: [50] }, { sticky: 'cookie' }]) {
      const before = users.asked()
      expect((await runtime.client.open(ref, { ...router, ...change }, fencingToken(1, 3))).url).to.equal(url)
      await until('more requests', () => users.asked() > before + 40)
    }
    allGood(await users.stop())
  })

  it('when the runtime is stopped: requests in flight are answered', async () => {
    await using runtime = await startRuntime()
    const { url } = await runtime.client.open(ref, router, fencingToken(1, 1))
    await run(runtime, '1.0.0', 1, 1)
    await runtime.client.setWeights(ref, { 'r-1.0.0': 100 }, fencingToken(1, 2), [])
    const answers = Array.from({ length: 20 }, () => fetch(url).then(({ status }) => status))
    await until('all to have arrived', async () => {
      const { metricsUrl } = await runtime.client.info()
      const inFlight = /holdfast_in_flight\{[^}]*\} (\d+)/.exec(await (await fetch(metricsUrl)).text())
      return inFlight?.[1] === '20'
    })
    await runtime.stop()
    allGood(await Promise.all(answers))
  })
})

describe('two concurrent requests', function () {
  this.timeout(30_000)

  it('get the same environment', async () => {
    await using runtime = await startRuntime()
    const states = await Promise.all(Array.from({ length: 5 }, () => runtime.client.open(ref, router, fencingToken(1, 1))))
    expect(new Set(states.map(({ url }) => url)).size).to.equal(1)
    expect((await fetch(states[0]?.url ?? '')).status).to.equal(503)
  })
})
