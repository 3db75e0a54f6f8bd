import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { localTarget } from '../../adapters/target/local.ts'
import { openExits } from '../../local-runtime/exits.ts'
import { createOutages } from '../../local-runtime/outages.ts'
import { fencingToken, ref } from '../adapters/stand.ts'
import { demoService, startRuntime } from '../stack/runtime.ts'
import { until } from '../stack/until.ts'

const exit = (atMs: number, replica = 0) => ({ replica, atMs, code: 1, signal: null, lines: [`line ${atMs}`] })

/** The first of the processes that start together takes three seconds longer. */
const oneIsSlow = `
const isFirst = () => {
  try {
    require('node:fs').writeFileSync(process.env.MARK, '', { flag: 'wx' })
    return true
  } catch {
    return false
  }
}
const server = require('node:http').createServer((_, response) => response.end('ok'))
setTimeout(() => server.listen(process.env.PORT, process.env.HOST), isFirst() ? 3_000 : 0)
`

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'hf-exits-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

describe('unrequested exits', function () {
  this.timeout(60_000)

  it('survive a restart of the runtime, as many of each replica as a declaration can allow plus one', () => {
    using home = folder()
    const file = join(home.path, 'exits/shop.production.json')
    const exits = openExits(file, expect.fail)
    for (let atMs = 0; atMs < 100; atMs += 1) exits.add('r-1', exit(atMs, atMs % 2))
    exits.started('r-1', 1_234)
    const { exits: kept, count, startMs } = openExits(file, expect.fail).of('r-1')
    expect([count, startMs]).to.deep.equal([100, 1_234])
    expect(kept.map(({ atMs }) => atMs)).to.deep.equal(Array.from({ length: 42 }, (_, i) => 58 + i))
    expect(kept.filter(({ lines }) => lines.length > 0).map(({ atMs }) => atMs)).to.deep.equal([97, 98, 99])
  })

  it('are forgotten with their own revision only', () => {
    using home = folder()
    const file = join(home.path, 'exits.json')
    const exits = openExits(file, expect.fail)
    for (const revision of ['r-1', 'r-2']) exits.add(revision, exit(1))
    exits.forget('r-1')
    expect([exits.of('r-1').count, openExits(file, expect.fail).of('r-2').count]).to.deep.equal([0, 1])
  })

  it('that cannot be read are set aside and reported, never removed; a failed write is reported', () => {
    using home = folder()
    const file = join(home.path, 'exits.json')
    writeFileSync(file, '{ torn')
    const said: string[] = []
    expect(openExits(file, (text) => said.push(text)).of('r-1').count).to.equal(0)
    expect(readFileSync(`${file}.unreadable`, 'utf8')).to.equal('{ torn')
    const nowhere = openExits(join(`${file}.unreadable`, 'below a file'), (text) => said.push(text))
    nowhere.add('r-1', exit(1))
    expect(nowhere.of('r-1').count, 'kept in memory').to.equal(1)
    expect(said.length).to.equal(3)
  })

  it('are reported by the next runtime process, whose own restart adds none', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    await client.open(ref, { timeoutMs: 2_000, sticky: 'none', edgesMs: [100] }, fencingToken(1, 1))
    const { digest } = await client.importArtifact(demoService)
    const env = { DEMO_MODE: 'crash', DEMO_AFTER_MS: '700' }
    const config = localTarget.config.parse({ command: [process.execPath, 'server.mjs'], env, grace: '1s' })
    await client.run(ref, { revision: 'r-1', version: '1', artifact: digest, config }, 1, fencingToken(1, 1))
    const status = async () => (await client.status(ref))[0]
    await until('two exits', async () => ((await status())?.exitCount ?? 0) >= 2)
    await until('a healthy replica', async () => (await status())?.readyReplicas === 1)
    const before = (await status())?.exits ?? []
    await runtime.kill()
    await runtime.start()
    const after = (await status())?.exits ?? []
    expect(after.slice(0, before.length)).to.deep.equal(before)
    expect(
      after.slice(before.length).filter(({ signal }) => signal !== null),
      'what the runtime ended',
    ).to.deep.equal([])
  })

  it('come with the time that the slowest replica took to start', async () => {
    using home = folder()
    await using runtime = await startRuntime()
    const { client } = runtime
    await client.open(ref, { timeoutMs: 2_000, sticky: 'none', edgesMs: [100] }, fencingToken(1, 1))
    const app = join(home.path, 'app')
    mkdirSync(app)
    writeFileSync(join(app, 'service.cjs'), oneIsSlow)
    const { digest } = await client.importArtifact(app)
    const env = { MARK: join(home.path, 'mark') }
    const config = localTarget.config.parse({
      command: [process.execPath, 'service.cjs'],
      env,
      health: { path: '/' },
      grace: '1s',
    })
    await client.run(ref, { revision: 'r-1', version: '1', artifact: digest, config }, 2, fencingToken(1, 1))
    await until('two healthy replicas', async () => (await client.status(ref))[0]?.readyReplicas === 2)
    expect((await client.status(ref))[0]?.startMs).to.be.within(3_000, 30_000)
  })

  it('and the time without a healthy replica do not include the runtime’s own restart, unless no replica comes back', () => {
    const outages = createOutages(true, 1_000)
    expect(outages.read(2_000)).to.deep.equal({ deadSinceMs: 1_000, outages: [] })
    outages.note(true, 3_000)
    outages.note(false, 4_000)
    outages.note(false, 4_500)
    outages.note(true, 5_000)
    expect(outages.read(6_000)).to.deep.equal({ deadSinceMs: null, outages: [{ fromMs: 4_000, untilMs: 5_000 }] })
    expect(outages.read(200_000).outages, 'those of the last two minutes').to.deep.equal([])
    const fresh = createOutages(false, 0)
    fresh.note(false, 1)
    expect(fresh.read(10), 'a version that has yet to get ready').to.deep.equal({ deadSinceMs: null, outages: [] })
  })
})
