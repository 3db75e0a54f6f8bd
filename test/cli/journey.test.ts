/** Your own service in five commands, as the README says, with the real API, Temporal, PostgreSQL, runtime, workers and command line. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { startApi } from '../stack/api.ts'
import { startRuntime } from '../stack/runtime.ts'
import { testTemporal } from '../stack/temporal.ts'
import { startWorkers } from '../stack/workers.ts'
import { run } from './recorded-api.ts'

const server = (failing: number): string => `
const { createServer } = require('node:http')
createServer((request, response) => {
  response.statusCode = request.url !== '/health' && Math.random() < ${failing} ? 500 : 200
  response.end('hello')
}).listen(process.env.PORT, process.env.HOST, () => console.log('serving'))
`

/** Shortens the bakes that `init` writes, because a test has only seconds. */
const quick = (declaration: string): string =>
  declaration
    .replaceAll('min: 2m, max: 30m', 'min: 1s, max: 60s')
    .replace('kind: canary', 'kind: canary\n      scaleDownDelay: 0s')
    .concat('    traffic: { kind: local, timeout: 1s }\n    analysis: { warmUp: 1s }\n    watch: 1s\n')

async function startShop() {
  const folder = await mkdtemp(join(tmpdir(), 'hf-shop-'))
  const runtime = await startRuntime()
  const api = await startApi({ HOLDFAST_RUNTIME_SOCKET: runtime.socket })
  const address = (await testTemporal()).address
  const settings = { DATABASE_URL: api.databaseUrl, TEMPORAL_ADDRESS: address, HOLDFAST_RUNTIME_SOCKET: runtime.socket }
  const workers = await startWorkers(settings)
  const env = { HOLDFAST_URL: api.url, HOLDFAST_TOKEN: api.key }
  return {
    key: api.key,
    write: (file: string, text: string) => writeFile(join(folder, file), text),
    read: (file: string) => readFile(join(folder, file), 'utf8'),
    holdfast: (...argv: string[]) => run(argv, { cwd: folder, env }),
    async [Symbol.asyncDispose]() {
      await workers[Symbol.asyncDispose]()
      await api[Symbol.asyncDispose]()
      await runtime[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

describe('your own service', () => {
  it('is declared, released, given traffic, and protected from a bad version in five commands', async function () {
    this.timeout(120_000)
    await using shop = await startShop()
    await shop.write('package.json', '{ "name": "@acme/shop", "scripts": { "start": "node server.js" } }')
    await shop.write('server.js', server(0))

    expect((await shop.holdfast('init', '--rps', '200')).exit).to.equal(0)
    await shop.write('holdfast.yaml', quick(await shop.read('holdfast.yaml')))
    const applied = await shop.holdfast('service', 'apply', '-f', 'holdfast.yaml')
    expect(applied, applied.err).to.deep.include({ exit: 0, out: 'shop declared\n' })
    const first = await shop.holdfast('release', 'start', 'shop', '--version', '1.0.0', '--wait')
    expect(first.exit, first.err).to.equal(0)

    const traffic = shop.holdfast('traffic', 'shop', '-e', 'production', '--rps', '150', '--for', '15s')
    await shop.write('server.js', server(0.3))
    const bad = await shop.holdfast('release', 'start', 'shop', '--version', '1.1.0', '--wait', '--json')
    expect(bad.exit, bad.err).to.equal(1)
    expect(JSON.parse(bad.out)).to.deep.include({ id: 'shop-2', state: 'rolled-back' })

    expect((await shop.holdfast('release', 'explain', 'shop-2')).out)
      .to.include('fail in production')
      .and.include('errors: canary')
    expect((await shop.holdfast('environment', 'show', 'shop', 'production')).out).to.include('stable 1.0.0')
    expect((await shop.holdfast('logs', 'shop', '-e', 'production')).out).to.include('serving')
    expect((await shop.holdfast('release', 'pause', 'shop-2')).exit).to.equal(4)
    expect((await shop.holdfast('rollback', 'shop', '-e', 'production')).exit).to.equal(4)
    expect((await shop.holdfast('plan', 'shop', '--version', '1.2.0')).out).to.include('revert')
    expect((await shop.holdfast('status')).out)
      .to.include('● temporal')
      .and.include('shop')
    const sent = await traffic
    expect(sent.exit).to.equal(0)
    expect(sent.out).to.match(/[\d,]{5,} requests, \d+ failed/)
    expect(sent.out + bad.out + bad.err).not.to.include(shop.key)
  })
})
