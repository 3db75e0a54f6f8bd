import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { localTarget } from '../../adapters/target/local.ts'
import { processes } from '../../adapters/process/process-table.ts'
import { openLoop } from '../../cli/traffic/load.ts'
import { connectionBound } from '../../local-runtime/proxy/connection-bound.ts'
import { fencingToken } from '../adapters/stand.ts'
import type { TestRuntime } from '../stack/runtime.ts'
import { demoService, startRuntime } from '../stack/runtime.ts'
import { until } from '../stack/until.ts'

const program = (noise: string) => `require('node:http').createServer((request, response) => response.end('ok'))
  .listen(process.env.PORT, process.env.HOST)
${noise}`
/** A program that prints as fast as its reader allows. */
const noise = `const line = 'x'.repeat(99) + '\\n'
const print = () => { while (process.stdout.write(line.repeat(500))); process.stdout.once('drain', print) }
print()`

async function serving({ client }: TestRuntime, service: string, text: string): Promise<string> {
  const ref = { service, environment: 'production' }
  const { digest } = await client.importArtifact(demoService)
  const config = localTarget.config.parse({ command: [process.execPath, '-e', text], health: { path: '/' }, grace: '1s' })
  const { url } = await client.open(ref, { timeoutMs: 5_000, sticky: 'none', edgesMs: [100] }, fencingToken(1, 1))
  await client.run(ref, { revision: 'r-1', version: '1', artifact: digest, config }, 1, fencingToken(1, 1))
  await until('ready', async () => (await client.status(ref))[0]?.readyReplicas === 1)
  await client.setWeights(ref, { 'r-1': 100 }, fencingToken(1, 2), [])
  return url
}

const droppedOf = async ({ client }: TestRuntime, service: string): Promise<number> => {
  const text = await (await fetch((await client.info()).metricsUrl)).text()
  return Number(new RegExp(`^holdfast_output_dropped_bytes_total\\{service="${service}".*\\} (\\d+)$`, 'm').exec(text)?.[1])
}

describe('a service that is flooded with connections', function () {
  this.timeout(60_000)

  it('takes no more of them than its share of the runtime’s files, and another one serves and starts replicas all the time', async () => {
    await using runtime = await startRuntime()
    const [pid] = processes().filter((each) => readFileSync(`/proc/${each}/cmdline`, 'utf8').includes(runtime.socket))
    execFileSync('prlimit', [`--pid=${pid}`, '--nofile=800:800'])
    const { port } = new URL(await serving(runtime, 'flooded', program('')))
    const sockets = await Promise.all(
      Array.from({ length: 1_000 }, async () => {
        const socket = connect(Number(port), '127.0.0.1')
        socket.on('error', () => {})
        await Promise.race([once(socket, 'connect'), once(socket, 'close')])
        // Half a request keeps its connection until its timeout.
        socket.write('GET / HTTP/1.1\r\n')
        return socket
      }),
    )
    const other = await serving(runtime, 'other', program(''))
    const { failed, requests } = await openLoop({ url: other, rps: 50, forMs: 1_000, failsFrom: 400 })
    for (const socket of sockets) socket.destroy()
    expect(failed).to.deep.equal([])
    expect(requests).to.be.greaterThan(20)
  })

  it('may have connections for an eighth of the files that the system allows, and at most 10,000', () => {
    const limits = (files: string) => `Max processes  100 100 processes\nMax open files            ${files}    4096     files\n`
    const bounds = ['1024', '20000', '1048576', 'unlimited'].map((files) => connectionBound(limits(files)))
    expect([...bounds, connectionBound('')]).to.deep.equal([128, 2_500, 10_000, 10_000, 128])
  })
})

describe('a service that prints as fast as it can', function () {
  this.timeout(60_000)

  it('costs another one no request; excess output is dropped and counted, and the files stay bounded', async () => {
    await using runtime = await startRuntime()
    const quiet = await serving(runtime, 'quiet', program(''))
    await serving(runtime, 'noisy', program(noise))
    await until('something dropped', async () => (await droppedOf(runtime, 'noisy')) > 0)
    const { failed, requests } = await openLoop({ url: quiet, rps: 100, forMs: 3_000, failsFrom: 400 })
    expect(failed).to.deep.equal([])
    expect(requests).to.be.greaterThan(250)
    expect(await droppedOf(runtime, 'quiet')).to.equal(0)
    const path = join(runtime.home, 'output/noisy.production/r-1.log')
    const sizes = [path, `${path}.1`].map((each) => statSync(each, { throwIfNoEntry: false })?.size ?? 0)
    expect(sizes[0]).to.be.within(1, 9 << 20)
    expect(sizes[1]).to.be.lessThan(9 << 20)
    const rows = await runtime.client.logs({ service: 'noisy', environment: 'production' }, { lines: 5_000 })
    expect(rows.length).to.be.greaterThan(0)
  })
})
