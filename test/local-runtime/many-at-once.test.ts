import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { freePort } from '../../adapters/free-port.ts'
import type { RuntimeClient } from '../../adapters/local-runtime/client.ts'
import { localTarget } from '../../adapters/target/local.ts'
import { createPorts } from '../../local-runtime/ports.ts'
import { fencingToken, outcomeOf } from '../adapters/stand.ts'
import { startRuntime } from '../stack/runtime.ts'
import { until } from '../stack/until.ts'

const service = `require('node:http').createServer((request, response) => response.end('ok')).listen(process.env.PORT, process.env.HOST)`

const router = { timeoutMs: 5_000, sticky: 'none', edgesMs: [100] }

/** Repeats a call that took too long on a busy machine, as a step does. */
async function again<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'target-unavailable') throw error
    }
  }
}

/** Probes like the starter, which restarts a process after three unanswered probes of five seconds. Resolves with the longest wait. */
async function askAllAlong(client: RuntimeClient, isOver: () => boolean): Promise<number> {
  let longestMs = 0
  while (!isOver()) {
    const askedAtMs = performance.now()
    await client.info(60_000)
    longestMs = Math.max(longestMs, performance.now() - askedAtMs)
    await sleep(20)
  }
  return longestMs
}

describe('many services that start at once', function () {
  this.timeout(120_000)

  it('each get a port at the first try, while the runtime still answers', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    const folder = mkdtempSync(join(tmpdir(), 'hf-many-'))
    writeFileSync(join(folder, 'service.cjs'), service)
    const { digest } = await client.importArtifact(folder)
    rmSync(folder, { recursive: true })
    const config = localTarget.config.parse({ command: [process.execPath, 'service.cjs'], health: { path: '/' }, grace: '1s' })
    let over = false
    const asking = askAllAlong(client, () => over)
    const urls = await Promise.all(
      Array.from({ length: 16 }, async (_, index) => {
        const ref = { service: `many-${index}`, environment: 'production' }
        const { url } = await again(() => client.open(ref, router, fencingToken(1, 1)))
        const spec = { revision: 'r-1', version: '1', artifact: digest, config }
        await again(() => client.run(ref, spec, 1, fencingToken(1, 1)))
        await until(
          `${ref.service} to be ready`,
          async () => (await again(() => client.status(ref)))[0]?.readyReplicas === 1,
          60_000,
        )
        await again(() => client.setWeights(ref, { 'r-1': 100 }, fencingToken(1, 2), []))
        expect((await fetch(url)).status).to.equal(200)
        return url
      }),
    )
    over = true
    expect(new Set(urls)).to.have.length(16)
    expect(await asking).to.be.below(5_000)
    // The runtime's log has the errors of the proxies' threads.
    expect(readFileSync(join(dirname(runtime.home), 'log'), 'utf8')).to.not.include('EADDRINUSE')
  })

  it('are each offered another free port, and a port that was refused is offered again last', async () => {
    const first = await freePort()
    const taken: number[] = [first + 1]
    const offer = createPorts(first, () => taken)
    await using _ = await occupied(first + 2)
    const offered = await Promise.all(Array.from({ length: 20 }, offer))
    expect(new Set(offered)).to.have.length(20)
    expect(offered).to.not.include.members([first + 1])
    expect(offered).to.not.include.members([first + 2])
    // All ports but the first offered one are taken.
    taken.push(...Array.from({ length: 99 }, (_unused, index) => first + 1 + index))
    expect(await offer()).to.equal(first)
    taken.push(first)
    expect(await outcomeOf(offer())).to.equal('port-taken')
  })
})

async function occupied(port: number) {
  const server = createServer()
  await new Promise<void>((resolve) => server.once('error', () => resolve()).listen(port, '127.0.0.1', resolve))
  return { [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) }
}
