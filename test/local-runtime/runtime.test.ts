import { expect } from 'chai'
import { describe, it } from 'mocha'
import { localTarget } from '../../adapters/target/local.ts'
import type { FencingToken } from '../../domain/queue/fencing-token.ts'
import { removeWhole } from '../adapters/stand.ts'
import type { TestRuntime } from '../stack/runtime.ts'
import { demoService, startRuntime } from '../stack/runtime.ts'
import { until } from '../stack/until.ts'

const ref = { service: 'shop', environment: 'production' }
const router = { timeoutMs: 2_000, sticky: 'none', edgesMs: [100, 500] }
const fencingToken = (token: number, step: number): FencingToken => ({
  workflowId: `rollout/shop/production/shop-${token}`,
  token,
  step,
})

async function spec({ client }: TestRuntime, version: string, env: Record<string, string> = {}) {
  const { digest } = await client.importArtifact(demoService)
  const config = localTarget.config.parse({
    command: [process.execPath, 'server.mjs'],
    env: { DEMO_VERSION: version, ...env },
    replicas: 2,
  })
  return { revision: `r-${version}`, version, artifact: digest, config }
}

const ready = (runtime: TestRuntime, revision: string, replicas: number) =>
  until(`${replicas} ready of ${revision}`, async () => {
    const found = (await runtime.client.status(ref)).find((status) => status.revision === revision)
    return found?.readyReplicas === replicas
  })

async function twoVersions(runtime: TestRuntime) {
  const { url } = await runtime.client.open(ref, router, fencingToken(1, 1))
  for (const version of ['1.0.0', '1.1.0']) {
    await runtime.client.run(ref, await spec(runtime, version), 2, fencingToken(1, 1))
    await ready(runtime, `r-${version}`, 2)
  }
  await runtime.client.setWeights(ref, { 'r-1.0.0': 100 }, fencingToken(1, 2), [])
  return url
}

const versions = async (url: string, count: number): Promise<Set<string | null>> => {
  const answers = await Promise.all(Array.from({ length: count }, () => fetch(url)))
  return new Set(answers.map((answer) => answer.headers.get('x-version')))
}

describe('the local runtime', function () {
  this.timeout(60_000)

  it('routes the next request by the new weights, and none to a removed version', async () => {
    await using runtime = await startRuntime()
    const url = await twoVersions(runtime)
    expect([...(await versions(url, 20))]).to.deep.equal(['1.0.0'])
    await runtime.client.setWeights(ref, { 'r-1.1.0': 100 }, fencingToken(1, 3), [])
    expect([...(await versions(url, 20))]).to.deep.equal(['1.1.0'])
    await removeWhole(runtime.client, 'r-1.0.0', fencingToken(1, 4))
    expect((await runtime.client.status(ref)).map(({ revision }) => revision)).to.deep.equal(['r-1.1.0'])
  })

  it('refuses an older token or step', async () => {
    await using runtime = await startRuntime()
    await twoVersions(runtime)
    const refused = (by: FencingToken) =>
      runtime.client.setWeights(ref, { 'r-1.1.0': 100 }, by, []).then(
        () => 'accepted',
        (error: { code?: string }) => error.code,
      )
    expect(await refused(fencingToken(1, 1))).to.equal('stale-token')
    expect(await refused(fencingToken(2, 1))).to.equal('accepted')
    expect(await refused(fencingToken(1, 9))).to.equal('stale-token')
  })

  it('logs each effect once, whatever is repeated', async () => {
    await using runtime = await startRuntime()
    await twoVersions(runtime)
    await runtime.client.setWeights(ref, { 'r-1.0.0': 100 }, fencingToken(1, 2), [])
    const effects = await runtime.client.effects(ref)
    expect(effects.filter(({ kind }) => kind === 'weights').length).to.equal(1)
    expect(effects.filter(({ kind }) => kind === 'started').length).to.equal(4)
  })

  it('starts a killed replica again, and sends it no requests meanwhile', async () => {
    await using runtime = await startRuntime()
    await runtime.client.open(ref, router, fencingToken(1, 1))
    await runtime.client.run(
      ref,
      await spec(runtime, '1.0.0', { DEMO_MODE: 'crash', DEMO_AFTER_MS: '700' }),
      1,
      fencingToken(1, 1),
    )
    await ready(runtime, 'r-1.0.0', 1)
    const restarted = await until('a restart', async () =>
      (await runtime.client.effects(ref)).find(({ restart }) => (restart ?? 0) > 0),
    )
    expect(restarted).to.include({ kind: 'started', token: 1, step: 1 })
  })

  it('restarts after a kill with its weights, ends the processes that were left, and reports how long it was away', async () => {
    await using runtime = await startRuntime()
    const url = await twoVersions(runtime)
    await runtime.kill()
    await runtime.start()
    await ready(runtime, 'r-1.0.0', 2)
    expect(await runtime.client.traffic(ref)).to.deep.include({ desired: { 'r-1.0.0': 100 }, generation: 1, url })
    expect((await runtime.client.info()).lastOutageMs).to.be.within(1, 20_000)
    expect((await fetch(url)).status).to.equal(200)
  })

  it('reaches a version without traffic by a smoke test', async () => {
    await using runtime = await startRuntime()
    await twoVersions(runtime)
    const good = await runtime.client.smoke(ref, 'r-1.1.0', { path: '/', status: 200, withinMs: 2_000 })
    expect(good.ok, good.detail).to.equal(true)
    const bad = await runtime.client.smoke(ref, 'r-1.1.0', { path: '/', status: 204, withinMs: 2_000 })
    expect(bad.ok).to.equal(false)
  })
})
