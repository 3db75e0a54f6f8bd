import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { RuntimeClient } from '../../adapters/local-runtime/client.ts'
import { localTarget } from '../../adapters/target/local.ts'
import { scrapeMetrics } from '../../adapters/metrics/scrape.ts'
import { wantedOf } from '../../domain/analysis/wanted.ts'
import { fencingToken, noSettings, ref } from '../adapters/stand.ts'
import type { TestRuntime } from '../stack/runtime.ts'
import { demoService, startRuntime } from '../stack/runtime.ts'
import { until } from '../stack/until.ts'

const objective = { errors: 0.01, slow: { overMs: 500, share: 0.05 } }
const router = { timeoutMs: 2_000, sticky: 'none', edgesMs: [100, 500] }

async function spec(client: RuntimeClient, config: Record<string, unknown>) {
  const { digest } = await client.importArtifact(demoService)
  const command = [process.execPath, 'server.mjs']
  const parsed = localTarget.config.parse({ command, replicas: 1, drain: '2s', grace: '1s', ...config })
  return { revision: 'r-1', version: '1', artifact: digest, config: parsed }
}

/** Processes of this test's replicas, by the mark in their environment. */
const marked = (mark: string): readonly number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        return Number.isInteger(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`MARK=${mark}`)
      } catch {
        return false
      }
    })

/** Starts one version with all traffic. */
async function serving(runtime: TestRuntime, config: Record<string, unknown> = {}) {
  const { client } = runtime
  const { url } = await client.open(ref, router, fencingToken(1, 1))
  await client.run(ref, await spec(client, config), 1, fencingToken(1, 1))
  await until('a healthy replica', async () => (await client.status(ref))[0]?.readyReplicas === 1)
  await client.setWeights(ref, { 'r-1': 100 }, fencingToken(1, 2), [])
  return url
}

describe('after the runtime was killed', function () {
  this.timeout(60_000)

  it('the next one ends all processes that were left, also groups without a leader and processes that ignore SIGTERM', async () => {
    await using runtime = await startRuntime()
    const mark = `left-${process.pid}-${Date.now()}`
    const child = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`
    const program = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'ignore' });
      require('node:http').createServer((_, answer) => answer.end()).listen(process.env.PORT, process.env.HOST)`
    await serving(runtime, { command: [process.execPath, '-e', program], env: { MARK: mark } })
    const [leader, ...others] = marked(mark).toSorted((a, b) => a - b)
    expect(others.length).to.equal(1)
    await runtime.kill()
    if (leader) process.kill(leader, 'SIGKILL')
    await runtime.start()
    expect(marked(mark)).to.not.include.members(others)
  })

  it('the log has the end of every process that was started, and a second start of it as a restart', async () => {
    await using runtime = await startRuntime()
    const url = await serving(runtime)
    await runtime.kill()
    await runtime.start()
    await until('traffic again', async () => (await fetch(url)).status === 200)
    const effects = (await runtime.client.effects(ref)).filter(({ kind }) => kind !== 'weights')
    expect(effects.map(({ kind, restart }) => [kind, restart])).to.deep.equal([
      ['started', 0],
      ['ended', undefined],
      ['started', 1],
    ])
    for (const effect of effects) expect(effect).to.include({ workflowId: fencingToken(1, 1).workflowId, token: 1, step: 1 })
  })

  it('the measured outage lasts until users are answered again', async () => {
    await using runtime = await startRuntime()
    const url = await serving(runtime)
    await runtime.kill()
    const killedAtMs = Date.now()
    await runtime.start()
    await until('traffic again', async () => (await fetch(url)).status === 200)
    const backAfterMs = Date.now() - killedAtMs
    expect((await runtime.client.info()).lastOutageMs).to.be.within(200, backAfterMs + 300)
  })

  it('requests meanwhile are no errors of the version, whose replicas the runtime itself ended', async () => {
    await using runtime = await startRuntime()
    const url = await serving(runtime, { env: { DEMO_MODE: 'slow-start', DEMO_DELAY_MS: '800' } })
    await runtime.kill()
    await runtime.start()
    const statuses: number[] = []
    await until('traffic again', async () => {
      statuses.push((await fetch(url)).status)
      return statuses.at(-1) === 200
    })
    expect(statuses, 'some met nobody').to.include(503)
    const metrics = scrapeMetrics.create({ ...noSettings, runtimeSocket: runtime.socket }, {})
    const { replicas } = await metrics.read({ ...wantedOf(ref, [], { metrics: [] }, objective), versions: { 'r-1': '1' } })
    expect(replicas.map(({ requests, errors }) => [requests, errors])).to.deep.equal([[1, 0]])
    const [status] = await runtime.client.status(ref)
    expect(status?.outages, 'nor an outage of its own').to.deep.equal([])
  })

  it('a version that served before and does not come back is dead, and not just unready', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    const flag = JSON.stringify(join(runtime.home, 'started'))
    const program = `const { existsSync, writeFileSync } = require('node:fs'); if (existsSync(${flag})) process.exit(1);
      writeFileSync(${flag}, ''); require('node:http').createServer((_, answer) => answer.end()).listen(process.env.PORT)`
    await serving(runtime, { command: [process.execPath, '-e', program] })
    await runtime.kill()
    await runtime.start()
    const [status] = await client.status(ref)
    expect(status).to.include({ wantedReplicas: 1, readyReplicas: 0 })
    expect(status?.deadSinceMs).to.be.a('number')
    expect((await client.traffic(ref)).effective).to.deep.equal({ 'r-1': 0 })
    expect((await client.info()).lastOutageMs).to.equal(null)
  })
})

describe('a runtime', function () {
  this.timeout(30_000)

  it('that is stopped leaves no process, and starts its services again at the same address', async () => {
    await using runtime = await startRuntime()
    const mark = `stopped-${process.pid}-${Date.now()}`
    const url = await serving(runtime, { env: { MARK: mark } })
    expect(marked(mark).length).to.equal(1)
    await runtime.stop()
    expect(marked(mark)).to.deep.equal([])
    await runtime.start()
    await until('traffic again', async () => (await fetch(url)).status === 200)
    expect((await runtime.client.info()).lastOutageMs).to.equal(null)
  })
})
