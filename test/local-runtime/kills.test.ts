import { randomUUID } from 'node:crypto'
import { appendFileSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { localTarget } from '../../adapters/target/local.ts'
import type { RevisionSpec } from '../../adapters/target/target.ts'
import type { Answer } from '../../cli/traffic/load.ts'
import { fencingToken, outcomeOf, ref } from '../adapters/stand.ts'
import type { TestRuntime } from '../stack/runtime.ts'
import { demoService, startRuntime } from '../stack/runtime.ts'
import { until } from '../stack/until.ts'
import { letUsersIn } from '../stack/users.ts'

const rounds = 8
const longestRoundMs = 400
/** From a kill with an immediate restart until users are answered again. 0.6 to 0.9 s were measured. */
const longestOutageMs = 5_000

/** The same draws in every run: numbers in 0..1. */
function draws(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

/** Processes of this test's services, by the mark in their environment. */
const running = (mark: string): number =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`MARK=${mark}`)
    } catch {
      return false
    }
  }).length

/** Starts, scales, shifts and removes, one step after the other, as fast as possible, until `signal`. Resolves with the last step. */
async function actOn(
  { client }: TestRuntime,
  specs: readonly RevisionSpec[],
  draw: () => number,
  from: number,
  signal: AbortSignal,
) {
  let step = from
  while (!signal.aborted) {
    const spec = specs[Math.floor(draw() * specs.length)]
    if (!spec) throw new Error('no spec')
    step += 1
    const kind = draw()
    if (kind < 0.4) await outcomeOf(client.run(ref, spec, 1 + Math.floor(draw() * 3), fencingToken(1, step)))
    else if (kind < 0.8) await outcomeOf(client.setWeights(ref, { [spec.revision]: 100 }, fencingToken(1, step), []))
    else await outcomeOf(client.remove(ref, spec.revision, fencingToken(1, step)))
  }
  return step
}

describe('kills of the runtime at any moment', function () {
  this.timeout(120_000)

  it('lose no process, effect or weight, and duplicate none', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    const mark = randomUUID()
    const { digest } = await client.importArtifact(demoService)
    const config = localTarget.config.parse({
      command: [process.execPath, 'server.mjs'],
      env: { MARK: mark },
      drain: '0ms',
      grace: '1s',
    })
    const specs = ['r-1', 'r-2'].map((revision) => ({ revision, version: revision, artifact: digest, config }))
    await client.open(ref, { timeoutMs: 2_000, sticky: 'none', edgesMs: [100] }, fencingToken(1, 1))
    const draw = draws(20_251_125)
    let step = 0
    for (let round = 0; round < rounds; round += 1) {
      const over = new AbortController()
      const acting = actOn(runtime, specs, draw, step, over.signal)
      await pause(draw() * longestRoundMs)
      await runtime.kill()
      over.abort()
      step = await acting
      await runtime.start()
    }
    const status = await until('what is wanted to be ready', async () => {
      const found = await client.status(ref)
      return found.every(({ wantedReplicas, readyReplicas }) => wantedReplicas === readyReplicas) && found
    })
    const wanted = status.reduce((sum, { wantedReplicas }) => sum + wantedReplicas, 0)
    expect(running(mark), 'processes').to.equal(wanted)

    const effects = await client.effects(ref)
    const replicasOf = (kind: string) => effects.flatMap((row) => (row.kind === kind && row.replica ? [row.replica] : []))
    const [started, ended] = [replicasOf('started'), replicasOf('ended')]
    expect(new Set(started).size, 'a start is logged once').to.equal(started.length)
    expect(new Set(ended).size, 'an end is logged once').to.equal(ended.length)
    expect(started.filter((replica) => !ended.includes(replica)).length, 'told to be running').to.equal(wanted)
    expect(
      ended.filter((replica) => !started.includes(replica)),
      'ended without a start',
    ).to.deep.equal([])

    const { desired, generation } = await client.traffic(ref)
    const weights = effects.filter(({ kind }) => kind === 'weights')
    expect(weights.map((row) => row.generation)).to.deep.equal(Array.from({ length: generation }, (_, at) => at + 1))
    expect(weights.at(-1)?.weights ?? {}).to.deep.equal(desired)
    expect(generation, 'weights were set at all').to.be.greaterThan(0)

    await runtime.stop()
    expect(running(mark), 'after the end').to.equal(0)
  })

  it('cost users only the time until it is back, which it reports', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    const { digest } = await client.importArtifact(demoService)
    const config = localTarget.config.parse({ command: [process.execPath, 'server.mjs'] })
    const { url } = await client.open(ref, { timeoutMs: 5_000, sticky: 'none', edgesMs: [100] }, fencingToken(1, 1))
    await client.run(ref, { revision: 'r-1', version: '1', artifact: digest, config }, 2, fencingToken(1, 1))
    await until('two replicas', async () => (await client.status(ref))[0]?.readyReplicas === 2)
    await client.setWeights(ref, { 'r-1': 100 }, fencingToken(1, 2), [])
    const answers: Answer[] = []
    await using users = letUsersIn(url, 100, { onAnswer: (answer) => answers.push(answer) })
    const good = (from: number) => answers.slice(from).filter(({ failure }) => failure === undefined).length
    await until('good answers', () => good(0) >= 50)
    const killedAtMs = Date.now()
    await runtime.kill()
    const before = answers.length
    await runtime.start()
    await until('good answers again', () => good(before) >= 50)
    await users.report()

    const failed = answers.filter(({ failure }) => failure !== undefined)
    const outageMs = Math.max(...failed.map(({ endedAtMs }) => endedAtMs)) - killedAtMs
    const back = answers.find(({ dueAtMs, failure }) => failure === undefined && dueAtMs > killedAtMs)
    const late = failed.filter(({ dueAtMs }) => dueAtMs > (back?.endedAtMs ?? 0))
    expect(Math.min(...failed.map(({ endedAtMs }) => endedAtMs)), 'the first failure').to.be.at.least(killedAtMs)
    expect(late, 'failed after it was back').to.deep.equal([])
    expect(outageMs, 'ms without the service').to.be.within(1, longestOutageMs)
    expect((await client.info()).lastOutageMs, 'as told').to.be.within(outageMs - 200, outageMs + 1_000)
  })

  it('between the row of an end and the removal of its process do not report the end twice', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    const { digest } = await client.importArtifact(demoService)
    const config = localTarget.config.parse({ command: [process.execPath, 'server.mjs'] })
    await client.run(ref, { revision: 'r-1', version: '1', artifact: digest, config }, 1, fencingToken(1, 1))
    const started = await until('a start', async () => (await client.effects(ref)).find(({ kind }) => kind === 'started'))
    await runtime.kill()
    appendFileSync(join(runtime.home, 'effects.jsonl'), `${JSON.stringify({ ...started, kind: 'ended' })}\n`)
    await runtime.start()
    const rows = (await client.effects(ref)).filter(({ replica }) => replica === started.replica)
    expect(rows.map(({ kind }) => kind)).to.deep.equal(['started', 'ended'])
  })
})
