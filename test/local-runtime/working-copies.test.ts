import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { localTarget } from '../../adapters/target/local.ts'
import { fencingToken, ref } from '../adapters/stand.ts'
import type { TestRuntime } from '../stack/runtime.ts'
import { startRuntime } from '../stack/runtime.ts'
import { until } from '../stack/until.ts'

/**
 * A service that writes to every file of its working folder, adds files, refuses to start if there is a server.pid, and reports where it
 * runs.
 */
const service = `
  const fs = require('node:fs'), path = require('node:path')
  if (fs.existsSync('server.pid')) { console.error('server.pid is there'); process.exit(1) }
  fs.writeFileSync('server.pid', String(process.pid))
  const seen = fs.readFileSync('data/state', 'utf8')
  for (const name of fs.readdirSync('.', { recursive: true }))
    if (fs.statSync(name).isFile()) fs.appendFileSync(name, process.env.MARK + ' was here')
  fs.writeFileSync('scratch', process.env.MARK)
  require('node:http').createServer((request, response) => {
    if (request.url === '/healthz') return response.end()
    response.end(JSON.stringify({ pid: process.pid, cwd: process.cwd(), artifact: process.argv[2], seen }))
  }).listen(process.env.PORT, process.env.HOST)`

async function withService(runtime: TestRuntime, files: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'hf-service-'))
  for (const [name, text] of Object.entries({ 'service.cjs': service, 'data/state': 'as released', ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  symlinkSync('data/state', join(folder, 'link'))
  const release = () => runtime.client.importArtifact(folder)
  const { digest } = await release()
  const run = async (environment: string, replicas: number, turn = 1) => {
    const at = { ...ref, environment }
    const declared = {
      command: [process.execPath, 'service.cjs', '{artifact}'],
      env: { MARK: environment },
      grace: '1s',
      health: { every: '100ms' },
      restart: { min: '100ms', max: '500ms' },
    }
    const spec = { revision: 'r-1', version: '1', artifact: digest, config: localTarget.config.parse(declared) }
    const { url } = await runtime.client.open(at, { timeoutMs: 5_000, sticky: 'none', edgesMs: [100] }, fencingToken(turn, 1))
    await runtime.client.run(at, spec, replicas, fencingToken(turn, 1))
    await until('ready', async () => (await runtime.client.status(at))[0]?.readyReplicas === replicas)
    await runtime.client.setWeights(at, { 'r-1': 100 }, fencingToken(turn, 2), [])
    return {
      at,
      ask: async () => (await (await fetch(url)).json()) as { pid: number; cwd: string; artifact: string; seen: string },
    }
  }
  const stored = join(runtime.home, 'artifacts', digest.replace(':', '-'))
  return { digest, release, run, stored, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

const copiesIn = (runtime: TestRuntime) => readdirSync(join(runtime.home, 'working'))

describe('working copies of an artifact', function () {
  this.timeout(60_000)

  it('belong to one replica each: writes to a copy change neither the stored artifact nor another copy', async () => {
    await using runtime = await startRuntime()
    using app = await withService(runtime)
    const staging = await app.run('staging', 2)
    const production = await app.run('production', 1)
    const told = await production.ask()
    expect(told).to.include({ seen: 'as released', cwd: told.artifact })
    expect((await staging.ask()).seen).to.equal('as released')
    expect(readFileSync(join(told.cwd, 'data/state'), 'utf8')).to.match(/^as releasedproduction was here/)
    expect(copiesIn(runtime)).to.have.length(3)
    // Copies are no hard links, so the stored artifact is unchanged.
    expect((await app.release()).digest).to.equal(app.digest)
    expect(readFileSync(join(app.stored, 'data/state'), 'utf8')).to.equal('as released')
    expect(statSync(join(app.stored, 'data/state')).nlink).to.equal(1)
  })

  it('do not outlive their process, so what a kill left in one never prevents a start', async () => {
    await using runtime = await startRuntime()
    using app = await withService(runtime)
    const { at, ask } = await app.run('production', 1)
    const first = await ask()
    process.kill(first.pid, 'SIGKILL')
    const second = await until('another process', async () => {
      const told = await ask().catch(() => null)
      return told?.pid && told.pid !== first.pid ? told : null
    })
    expect(second.seen).to.equal('as released')
    expect(second.cwd).to.not.equal(first.cwd)
    // The same when the runtime is killed too.
    await runtime.kill()
    await runtime.start()
    await until('ready', async () => (await runtime.client.status(at))[0]?.readyReplicas === 1)
    await runtime.client.setWeights(at, {}, fencingToken(1, 3), [])
    await runtime.client.remove(at, 'r-1', fencingToken(1, 4))
    expect(copiesIn(runtime)).to.deep.equal([])
    await until('nothing of the killed one is left', () => readdirSync(runtime.home).every((name) => !name.startsWith('.waste-')))
  })

  it('are verified: a damaged artifact does not start and says so, and another release of it repairs it', async () => {
    await using runtime = await startRuntime()
    using app = await withService(runtime)
    const { at, ask } = await app.run('production', 1)
    const { pid } = await ask()
    for (const damage of [
      () => writeFileSync(join(app.stored, 'data/state'), 'as attacked'),
      () => chmodSync(join(app.stored, 'data/state'), 0o755),
      () => writeFileSync(join(app.stored, 'more.js'), ''),
      () => rmSync(join(app.stored, 'data'), { recursive: true }),
    ]) {
      damage()
      process.kill((await ask()).pid, 'SIGKILL')
      await until('it is told', async () => {
        const [status] = await runtime.client.status(at)
        return status?.readyReplicas === 0 && status.detail.includes('is damaged')
      })
      expect((await app.release()).digest).to.equal(app.digest)
      await until('ready again', async () => (await runtime.client.status(at))[0]?.readyReplicas === 1)
      expect((await ask()).seen).to.equal('as released')
    }
    expect((await ask()).pid).to.not.equal(pid)
  })

  it('include what Git ignores, so a Node service starts from its node_modules and dist', async () => {
    await using runtime = await startRuntime()
    using app = await withService(runtime, {
      '.gitignore': 'node_modules\ndist\n',
      'service.cjs': `require('./dist/main.js')`,
      'dist/main.js': `require('answer').listen(process.env.PORT, process.env.HOST)`,
      'node_modules/answer/index.js': `module.exports = require('node:http').createServer((request, response) => response.end('{"seen":"answer"}'))`,
    })
    const { ask } = await app.run('production', 1)
    expect((await ask()).seen).to.equal('answer')
  })

  it('are used by smoke commands too, each with its own', async () => {
    await using runtime = await startRuntime()
    using app = await withService(runtime)
    const { at } = await app.run('production', 1)
    const program = `const fs = require('node:fs'); console.log(fs.readFileSync('data/state', 'utf8')); fs.appendFileSync('data/state', 'smoke'); fs.mkdirSync('left')`
    for (let time = 0; time < 2; time += 1)
      expect(
        await runtime.client.smoke(at, 'r-1', { command: [process.execPath, '-e', program], withinMs: 5_000 }),
      ).to.deep.equal({ ok: true, detail: `${process.execPath}: exit code 0: as released` })
    expect(copiesIn(runtime)).to.have.length(1)
  })
})
