import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { localTarget } from '../../adapters/target/local.ts'
import { fencingToken, ref } from '../adapters/stand.ts'
import type { TestRuntime } from '../stack/runtime.ts'
import { demoService, startRuntime } from '../stack/runtime.ts'
import { until } from '../stack/until.ts'

const router = { timeoutMs: 1_000, sticky: 'none', edgesMs: [100] }
const other = { ...ref, service: 'other' }
const key = 'shop/production'

/** Starts two services. */
async function serving(runtime: TestRuntime): Promise<string> {
  const { client } = runtime
  const { digest } = await client.importArtifact(demoService)
  const config = localTarget.config.parse({ command: [process.execPath, 'server.mjs'], grace: '1s', drain: '1s' })
  for (const each of [ref, other]) {
    await client.open(each, router, fencingToken(1, 1))
    await client.run(each, { revision: 'r-1', version: '1.0.0', artifact: digest, config }, 1, fencingToken(1, 1))
    await until('ready', async () => (await client.status(each))[0]?.readyReplicas === 1)
    await client.setWeights(each, { 'r-1': 100 }, fencingToken(1, 2), [])
  }
  return (await client.traffic(other)).url
}

interface Stored {
  environments: Record<string, { revisions: Record<string, { config: { health: Record<string, unknown> } }> }>
}

function poison({ home }: TestRuntime, change: (stored: Stored) => void): void {
  const path = join(home, 'state.json')
  const stored = JSON.parse(readFileSync(path, 'utf8')) as Stored
  change(stored)
  writeFileSync(path, JSON.stringify(stored))
}

const answers = (url: string) =>
  until('an answer', () =>
    fetch(url).then(
      ({ status }) => status === 200,
      () => false,
    ),
  )

const setAsideOf = async ({ client }: TestRuntime) => (await client.info()).setAside

describe('state that cannot be used', function () {
  this.timeout(120_000)

  for (const [what, health] of [
    ['a path that no request can have', { path: '/é€ x' }],
    ['a timeout that is no duration', { timeoutMs: 1e300 }],
    ['a pace of nothing', { everyMs: 0 }],
  ] as const)
    it(`is set aside and named, and the other services run: ${what}`, async () => {
      await using runtime = await startRuntime()
      const url = await serving(runtime)
      await runtime.stop()
      poison(runtime, ({ environments }) => Object.assign(environments[key]?.revisions['r-1']?.config.health ?? {}, health))
      await runtime.start()
      await answers(url)
      const [aside, ...more] = await setAsideOf(runtime)
      expect(more).to.deep.equal([])
      expect(aside?.what).to.equal(key)
      expect(aside?.why).to.include(Object.keys(health)[0])
      // The content is kept.
      expect(readFileSync(aside?.file ?? '', 'utf8')).to.include('"r-1"')
      // The file is in nothing's way: the environment can be released again, and a person can remove the file.
      await runtime.client.open(ref, router, fencingToken(2, 1))
      rmSync(aside?.file ?? '')
      expect(await setAsideOf(runtime)).to.deep.equal([])
    })

  it('is set aside when it has ended the runtime twice in a row, and the other services run', async () => {
    await using runtime = await startRuntime()
    const url = await serving(runtime)
    await runtime.stop()
    // The output of one environment cannot be stored, so restoring it throws.
    const output = join(runtime.home, 'output', 'shop.production')
    rmSync(output, { recursive: true })
    writeFileSync(output, 'in the way')
    for (const attempt of [1, 2]) {
      const start = await runtime.start().then(
        () => 'started',
        () => 'ended',
      )
      expect(start, `attempt ${attempt}`).to.equal('ended')
    }
    await runtime.start()
    await answers(url)
    expect((await setAsideOf(runtime)).map(({ what }) => what)).to.deep.equal([key])
    expect((await runtime.client.status(other)).length).to.equal(1)
  })

  it('as a whole is tried twice and then set aside, and later releases run', async () => {
    await using runtime = await startRuntime()
    await serving(runtime)
    await runtime.stop()
    writeFileSync(join(runtime.home, 'state.json'), '{"environments":')
    for (const attempt of [1, 2]) {
      const start = await runtime.start().then(
        () => 'started',
        () => 'ended',
      )
      expect(start, `attempt ${attempt}`).to.equal('ended')
    }
    await runtime.start()
    const [aside] = await setAsideOf(runtime)
    expect(aside?.what).to.equal('state.json')
    expect(readFileSync(`${aside?.file}.content`, 'utf8')).to.equal('{"environments":')
    expect((await runtime.client.open(ref, router, fencingToken(2, 1))).url).to.match(/^http/)
  })
})
