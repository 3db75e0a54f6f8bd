import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { RuntimeClient } from '../../adapters/local-runtime/client.ts'
import { localTarget } from '../../adapters/target/local.ts'
import { fencingToken, outcomeOf, ref } from '../adapters/stand.ts'
import { demoService, startRuntime } from '../stack/runtime.ts'
import { until } from '../stack/until.ts'

async function spec(client: RuntimeClient, version: string) {
  const { digest } = await client.importArtifact(demoService)
  const config = localTarget.config.parse({ command: [process.execPath, 'server.mjs'], env: { DEMO_VERSION: version } })
  return { revision: `r-${version}`, version, artifact: digest, config }
}

describe('the fencing token of an environment', function () {
  this.timeout(60_000)

  it('survives a kill, also of a step that changed nothing', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    await client.run(ref, await spec(client, '1.0.0'), 1, fencingToken(1, 1))
    await client.setWeights(ref, { 'r-1.0.0': 100 }, fencingToken(1, 2), [])
    await client.setWeights(ref, { 'r-1.0.0': 100 }, fencingToken(5, 1), [])
    expect(await outcomeOf(client.setWeights(ref, {}, fencingToken(4, 9), []))).to.equal('stale-token')
    await client.remove(ref, 'never-there', fencingToken(6, 1))
    await runtime.kill()
    await runtime.start()
    for (const late of [fencingToken(5, 9), fencingToken(1, 3)]) {
      expect(await outcomeOf(client.setWeights(ref, {}, late, []))).to.equal('stale-token')
      expect(await outcomeOf(client.run(ref, await spec(client, '1.0.0'), 2, late))).to.equal('stale-token')
      expect(await outcomeOf(client.remove(ref, 'r-1.0.0', late))).to.equal('stale-token')
    }
  })

  it('is stored for a removal whose version is already being removed', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    const wanted = await spec(client, '1.0.0')
    const deaf = { ...wanted.config, command: ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'], graceMs: 2_000 }
    await client.run(ref, { ...wanted, config: deaf }, 1, fencingToken(1, 1))
    await until('a process', async () => (await client.effects(ref)).some(({ kind }) => kind === 'started'))
    const first = outcomeOf(client.remove(ref, 'r-1.0.0', fencingToken(1, 2)))
    const newer = outcomeOf(client.remove(ref, 'r-1.0.0', fencingToken(2, 1)))
    await Promise.all([first, newer])
    expect(await outcomeOf(client.setWeights(ref, {}, fencingToken(1, 3), []))).to.equal('stale-token')
  })

  it('ends at the newest of many concurrent changes of weights, and logs each accepted one, in order', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    for (const version of ['1.0.0', '1.1.0']) await client.run(ref, await spec(client, version), 1, fencingToken(1, 1))
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, n) => {
        const weights = { 'r-1.0.0': 100 - n, 'r-1.1.0': n }
        return outcomeOf(client.setWeights(ref, weights, fencingToken(2, n), []))
      }),
    )
    const accepted = outcomes.flatMap((outcome, step) => (outcome === 'accepted' ? [step] : []))
    expect(outcomes.filter((outcome) => outcome === 'stale-token').length).to.equal(10 - accepted.length)
    expect(accepted.at(-1)).to.equal(9)
    expect((await client.traffic(ref)).desired).to.deep.equal({ 'r-1.0.0': 91, 'r-1.1.0': 9 })
    const logged = (await client.effects(ref)).filter(({ kind }) => kind === 'weights')
    expect(logged.map(({ step, generation }) => [step, generation])).to.deep.equal(accepted.map((step, n) => [step, n + 1]))
  })

  it('prevents an older run from starting a version that a newer turn removed, in any interleaving', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    const wanted = await spec(client, '1.0.0')
    for (let round = 1; round <= 10; round += 1) {
      const [run] = await Promise.all([
        outcomeOf(client.run(ref, wanted, 1, fencingToken(2 * round, 1))),
        until(
          'removed',
          async () => (await outcomeOf(client.remove(ref, 'r-1.0.0', fencingToken(2 * round + 1, 1)))) === 'accepted',
        ),
      ])
      expect(run).to.be.oneOf(['accepted', 'stale-token'])
      expect(await client.status(ref), `round ${round}: ${String(run)}`).to.deep.equal([])
    }
    const effects = await client.effects(ref)
    const count = (kind: string) => effects.filter((row) => row.kind === kind).length
    expect(count('ended')).to.equal(count('started'))
  })

  it('logs a change of weights once, also when the runtime is killed before it writes the row', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    await client.run(ref, await spec(client, '1.0.0'), 1, fencingToken(1, 1))
    await client.setWeights(ref, { 'r-1.0.0': 100 }, fencingToken(1, 2), [])
    const weights = async () => (await client.effects(ref)).filter(({ kind }) => kind === 'weights')
    const before = await weights()
    await runtime.kill()
    const log = join(runtime.home, 'effects.jsonl')
    const rows = readFileSync(log, 'utf8').split('\n')
    writeFileSync(log, rows.filter((row) => !row.includes('"weights"')).join('\n'))
    await runtime.start()
    const after = await weights()
    expect(after.map(({ at: _, ...row }) => row)).to.deep.equal(before.map(({ at: _, ...row }) => row))
    await runtime.kill()
    await runtime.start()
    expect(await weights()).to.deep.equal(after)
  })
})
