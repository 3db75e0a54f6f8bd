import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { localTarget } from '../../adapters/target/local.ts'
import type { RevisionSpec } from '../../adapters/target/target.ts'
import { freePort } from '../../adapters/free-port.ts'
import { signalGroup } from '../../adapters/process/process-group.ts'
import { membersOf, processes } from '../../adapters/process/process-table.ts'
import { fencingToken, outcomeOf, ref, removeWhole } from '../adapters/stand.ts'
import type { TestRuntime } from '../stack/runtime.ts'
import { startRuntime } from '../stack/runtime.ts'
import { until } from '../stack/until.ts'

/** A service of a few lines: `answer` has `request` and `response`; its health check is fine. */
async function serviceOf(runtime: TestRuntime, answer: string, config: object = {}, before = ''): Promise<RevisionSpec> {
  const folder = mkdtempSync(join(tmpdir(), 'hf-service-'))
  const program = `${before}
    require('node:http').createServer((request, response) => {
      if (request.url === '/healthz') return response.end()
      ${answer}
    }).listen(process.env.PORT, process.env.HOST)`
  writeFileSync(join(folder, 'service.cjs'), program)
  const { digest } = await runtime.client.importArtifact(folder)
  rmSync(folder, { recursive: true })
  const declared = { command: [process.execPath, 'service.cjs'], grace: '1s', drain: '5s', health: { every: '100ms' }, ...config }
  return { revision: 'r-1', version: '1', artifact: digest, config: localTarget.config.parse(declared) }
}

const status = async ({ client }: TestRuntime) => (await client.status(ref))[0]
const ready = (runtime: TestRuntime, replicas: number) =>
  until(`${replicas} ready`, async () => (await status(runtime))?.readyReplicas === replicas)

async function served(runtime: TestRuntime, spec: RevisionSpec, replicas: number): Promise<string> {
  const router = { port: await freePort(), timeoutMs: 5_000, sticky: 'none', edgesMs: [100] }
  const { url } = await runtime.client.open(ref, router, fencingToken(1, 1))
  await runtime.client.run(ref, spec, replicas, fencingToken(1, 1))
  await ready(runtime, replicas)
  await runtime.client.setWeights(ref, { 'r-1': 100 }, fencingToken(1, 2), [])
  return url
}

const pidOf = async (url: string) => Number(await (await fetch(`${url}/pid`)).text())
const slowPid = `setTimeout(() => response.end(String(process.pid)), request.url === '/slow' ? 600 : 0)`

/** Asks for slow answers, `requests` at once, and waits until all of them are in flight. */
async function slowRequests(runtime: TestRuntime, url: string, requests: number): Promise<Promise<number>[]> {
  const slow = Array.from({ length: requests }, () => fetch(`${url}/slow`).then(({ status: code }) => code))
  await until('all of them to be in flight', async () => {
    const text = await (await fetch((await runtime.client.info()).metricsUrl)).text()
    const inFlight = [...text.matchAll(/^holdfast_in_flight\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
    return inFlight === requests
  })
  return slow
}

const dropping = `process.on('SIGTERM', () => process.exit(0))`

describe('the replicas of a version', function () {
  this.timeout(60_000)

  it("get PORT, HOST, PATH, HOME and the declared variables, and nothing else of the runtime's environment", async () => {
    await using runtime = await startRuntime()
    const url = await served(
      runtime,
      await serviceOf(runtime, 'response.end(JSON.stringify(process.env))', { env: { A: 'b' } }),
      1,
    )
    const env = (await (await fetch(url)).json()) as Record<string, string>
    expect(Object.keys(env).toSorted()).to.deep.equal(['A', 'HOME', 'HOST', 'PATH', 'PORT'])
  })

  it('lose no request when some of them are removed: taken out of the routing, drained, then ended', async () => {
    await using runtime = await startRuntime()
    const spec = await serviceOf(runtime, slowPid, {}, dropping)
    const url = await served(runtime, spec, 3)
    const slow = await slowRequests(runtime, url, 12)
    await runtime.client.run(ref, spec, 1, fencingToken(1, 3))
    const quick = await Promise.all(Array.from({ length: 50 }, () => fetch(url).then(({ status: code }) => code)))
    expect(new Set([...(await Promise.all(slow)), ...quick])).to.deep.equal(new Set([200]))
    const ended = async () => (await runtime.client.effects(ref)).filter(({ kind }) => kind === 'ended').length
    await until('two to have ended', async () => (await ended()) === 2)
  })

  it('lose no request when all of them are removed, whatever they do at SIGTERM', async () => {
    await using runtime = await startRuntime()
    const spec = await serviceOf(runtime, slowPid, {}, dropping)
    const url = await served(runtime, spec, 2)
    const slow = await slowRequests(runtime, url, 6)
    await runtime.client.setWeights(ref, {}, fencingToken(1, 3), [])
    await removeWhole(runtime.client, 'r-1', fencingToken(1, 4))
    expect(new Set(await Promise.all(slow))).to.deep.equal(new Set([200]))
  })

  it('are removed after their drain time, even if a request has no answer yet', async () => {
    await using runtime = await startRuntime()
    const url = await served(runtime, await serviceOf(runtime, `void response`, { drain: '300ms' }, dropping), 1)
    const [answer] = await slowRequests(runtime, url, 1)
    await runtime.client.setWeights(ref, {}, fencingToken(1, 3), [])
    const askedAtMs = Date.now()
    await removeWhole(runtime.client, 'r-1', fencingToken(1, 4))
    // The proxy's own timeout would be five seconds.
    expect(Date.now() - askedAtMs).to.be.within(300, 4_000)
    expect(await answer).to.equal(502)
  })

  it('start again for a newer run only when the replicas that are being removed have ended', async () => {
    await using runtime = await startRuntime()
    const spec = await serviceOf(runtime, slowPid, {}, dropping)
    const url = await served(runtime, spec, 1)
    const slow = await slowRequests(runtime, url, 1)
    await runtime.client.setWeights(ref, {}, fencingToken(1, 3), [])
    const removed = outcomeOf(runtime.client.remove(ref, 'r-1', fencingToken(1, 4)))
    await until('a newer run', async () => (await outcomeOf(runtime.client.run(ref, spec, 1, fencingToken(2, 1)))) === 'accepted')
    expect([await removed, ...(await Promise.all(slow))]).to.deep.equal(['accepted', 200])
    await ready(runtime, 1)
    const effects = await runtime.client.effects(ref)
    expect(effects.filter(({ kind }) => kind !== 'weights').map(({ kind, token }) => [kind, token])).to.deep.equal([
      ['started', 1],
      ['ended', 1],
      ['started', 2],
    ])
  })

  it('get an error for each answer that their crash breaks off after its headers', async () => {
    await using runtime = await startRuntime()
    const crashing = `if (request.url === '/') return response.end('whole')
      response.writeHead(200, { 'content-length': 10 }).write('begun', () => process.exit(1))`
    const url = await served(runtime, await serviceOf(runtime, crashing, { restart: { min: '100ms', max: '100ms' } }), 1)
    const broken = () =>
      fetch(`${url}/crash`).then((answer) =>
        answer.text().then(
          () => 'whole',
          () => 'broken',
        ),
      )
    for (let crash = 0; crash < 3; crash += 1) {
      expect(await broken()).to.equal('broken')
      // An answer is good only from the next process on.
      await until('a good answer', async () => (await fetch(url)).ok)
    }
    const text = await (await fetch((await runtime.client.info()).metricsUrl)).text()
    const sum = (name: string) =>
      [...text.matchAll(new RegExp(`^${name}\\{.*\\} (\\d+)$`, 'gm'))].reduce((total, [, count]) => total + Number(count), 0)
    expect(sum('holdfast_requests_total') - sum('holdfast_request_errors_total'), 'requests without an error').to.equal(3)
  })

  it('are started again with a growing pause when they are killed, under the fencing token of their run', async () => {
    await using runtime = await startRuntime()
    const url = await served(runtime, await serviceOf(runtime, slowPid, { restart: { min: '50ms', max: '100ms' } }), 1)
    const started = async () => (await runtime.client.effects(ref)).filter(({ kind }) => kind === 'started')
    for (let kill = 1; kill <= 6; kill += 1) {
      process.kill(await pidOf(url), 'SIGKILL')
      await until('a restart', async () => (await started()).length === kill + 1)
      await ready(runtime, 1)
    }
    const effects = await runtime.client.effects(ref)
    const pauses = effects.flatMap((row, at) =>
      row.kind === 'ended' ? [Date.parse(effects[at + 1]?.at ?? '') - Date.parse(row.at)] : [],
    )
    // Doubled without a limit, the last pause would take 1.6 s. A busy machine may write the end of one late, so most of them must be whole.
    expect(Math.max(...pauses)).to.be.at.most(1_400)
    expect(pauses.slice(1).filter((ms) => ms >= 95).length, `${pauses.join(', ')} ms`).to.be.at.least(3)
    expect((await started()).map(({ token, step, restart }) => [token, step, restart])).to.deep.equal(
      [0, 1, 2, 3, 4, 5, 6].map((restart) => [1, 1, restart]),
    )
  })

  it('end with all processes that they started, even those that ignore SIGTERM', async () => {
    await using runtime = await startRuntime()
    const deaf = `require('node:child_process').spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6)"])`
    const url = await served(runtime, await serviceOf(runtime, slowPid, {}, deaf), 1)
    const pid = await pidOf(url)
    expect(membersOf(pid).length).to.equal(2)
    await runtime.client.setWeights(ref, {}, fencingToken(1, 3), [])
    await removeWhole(runtime.client, 'r-1', fencingToken(1, 4))
    expect(membersOf(pid)).to.deep.equal([])
  })

  it('hold no file of the runtime once they are over, even if a child that left their group holds their streams', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    const [pid] = processes().filter((each) => readFileSync(`/proc/${each}/cmdline`, 'utf8').includes(runtime.socket))
    const files = () => readdirSync(`/proc/${pid}/fd`).length
    const leaving = ['sh', '-c', 'setsid sleep 600 & echo $!; exit 1']
    const spec = await serviceOf(runtime, '', { command: leaving, restart: { min: '10ms', max: '10ms' } })
    await client.open(ref, { timeoutMs: 5_000, sticky: 'none', edgesMs: [100] }, fencingToken(1, 1))
    const before = files()
    await client.run(ref, spec, 1, fencingToken(1, 1))
    const living = async () => (await client.logs(ref)).filter(({ line }) => signalGroup(Number(line), 0))
    await until('ten that hold streams', async () => (await living()).length >= 10)
    await removeWhole(client, spec.revision, fencingToken(1, 2))
    // Two files per process, besides this test's own connections.
    await until('its files closed', async () => files() <= before + 12)
    const holding = await living()
    for (const { line } of holding) signalGroup(Number(line), 'SIGKILL')
    expect(holding.length, 'what holds the streams').to.be.at.least(10)
  })
})
