/** Sticky clients of a real environment: changes of weights move them by their draw, and none back. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { environmentKey } from '../../domain/identity.ts'
import { localTarget } from '../../adapters/target/local.ts'
import { createClients } from '../../local-runtime/proxy/clients.ts'
import { fencingToken, ref } from '../adapters/stand.ts'
import { demoService, startRuntime } from '../stack/runtime.ts'
import type { TestRuntime } from '../stack/runtime.ts'
import { until } from '../stack/until.ts'

const router = { timeoutMs: 5_000, sticky: 'cookie', edgesMs: [100] }
const trial = { revision: 'r-1.1.0', router }

/** Starts 1.0.0 with all traffic, and 1.1.0 ready beside it. */
async function startBoth({ client }: TestRuntime, declared = router): Promise<string> {
  const { url } = await client.open(ref, declared, fencingToken(1, 1))
  const { digest } = await client.importArtifact(demoService)
  for (const version of ['1.0.0', '1.1.0']) {
    const config = localTarget.config.parse({
      command: [process.execPath, 'server.mjs'],
      env: { DEMO_VERSION: version },
      drain: '1s',
      grace: '1s',
    })
    await client.run(ref, { revision: `r-${version}`, version, artifact: digest, config }, 1, fencingToken(1, 1))
  }
  await until('two healthy versions', async () => (await client.status(ref)).every(({ readyReplicas }) => readyReplicas === 1))
  await client.setWeights(ref, { 'r-1.0.0': 100 }, fencingToken(1, 2), [], { router: declared })
  return url
}

/** Keeps cookies like a browser. */
class Visitor {
  #cookie = ''

  async visit(url: string): Promise<string> {
    const answer = await fetch(url, { headers: { cookie: this.#cookie } })
    await answer.text()
    this.#cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? this.#cookie
    return answer.headers.get('x-version') ?? ''
  }

  /** Whether its draw is below the weight in this release. */
  isDrawn(secret: string, release: string, weight: number): boolean {
    return createClients(secret).meet(this.#cookie, release).draw < weight / 100
  }
}

describe('sticky clients of an environment', function () {
  this.timeout(90_000)

  it('get the canary by their draw for a whole release: a larger weight moves more of them and none back, and the next release moves others', async () => {
    await using runtime = await startRuntime()
    const url = await startBoth(runtime)
    const visitors = Array.from({ length: 60 }, () => new Visitor())
    const atCanary = async () => {
      const versions = await Promise.all(visitors.map((one) => one.visit(url)))
      return versions.flatMap((version, n) => (version === '1.1.0' ? [n] : []))
    }
    const state = JSON.parse(readFileSync(join(runtime.home, 'state.json'), 'utf8')) as Saved
    const secret = state.environments[environmentKey(ref)]?.directSecret ?? ''
    const drawn = (turn: number, weight: number) =>
      visitors.flatMap((one, n) => (one.isDrawn(secret, fencingToken(turn, 1).workflowId, weight) ? [n] : []))
    const shift = async (token: number, step: number, weight: number) => {
      const weights = weight === 0 ? { 'r-1.0.0': 100 } : { 'r-1.0.0': 100 - weight, 'r-1.1.0': weight }
      const with_ = weight === 0 ? { router } : { router, trial }
      await runtime.client.setWeights(ref, weights, fencingToken(token, step), [], with_)
    }
    expect(await atCanary()).to.deep.equal([])
    await shift(2, 1, 30)
    const first = await atCanary()
    expect(first).to.deep.equal(drawn(2, 30)).and.to.not.deep.equal([])
    expect(await atCanary(), 'at the next visit').to.deep.equal(first)
    await shift(2, 2, 70)
    expect(await atCanary())
      .to.deep.equal(drawn(2, 70))
      .and.to.include.members(first)
    await shift(2, 3, 0)
    expect(await atCanary(), 'after the revert').to.deep.equal([])
    await shift(3, 1, 30)
    expect(await atCanary())
      .to.deep.equal(drawn(3, 30))
      .and.to.not.have.members(first)
  })

  it('exist only from the promotion of a version that declares stickiness, and no longer after its revert', async () => {
    await using runtime = await startRuntime()
    const loose = { ...router, sticky: 'none' }
    const url = await startBoth(runtime, loose)
    const isGivenCookies = async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => fetch(url)))
      return new Set(answers.map(({ headers }) => headers.getSetCookie().length > 0))
    }
    const { client } = runtime
    await client.setWeights(ref, { 'r-1.0.0': 50, 'r-1.1.0': 50 }, fencingToken(2, 1), [], { router: loose, trial })
    expect(await isGivenCookies()).to.have.all.keys(false)
    await client.setWeights(ref, { 'r-1.1.0': 100 }, fencingToken(2, 2), [], { router })
    expect(await isGivenCookies()).to.have.all.keys(true)
    await client.setWeights(ref, { 'r-1.0.0': 100 }, fencingToken(2, 3), [], { router: loose })
    expect(await isGivenCookies()).to.have.all.keys(false)
  })
})

interface Saved {
  readonly environments: Readonly<Record<string, { readonly directSecret: string }>>
}
