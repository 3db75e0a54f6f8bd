import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { localTarget } from '../../adapters/target/local.ts'
import { startTime } from '../../adapters/process/process-table.ts'
import { fencingToken, outcomeOf, ref } from '../adapters/stand.ts'
import type { TestRuntime } from '../stack/runtime.ts'
import { demoService, startRuntime } from '../stack/runtime.ts'
import { until } from '../stack/until.ts'

async function withVersion(runtime: TestRuntime) {
  const { digest } = await runtime.client.importArtifact(demoService)
  const config = localTarget.config.parse({ command: [process.execPath, 'server.mjs'] })
  await runtime.client.open(ref, { timeoutMs: 2_000, sticky: 'none', edgesMs: [100] }, fencingToken(1, 1))
  await runtime.client.run(ref, { revision: 'r-1', version: '1', artifact: digest, config }, 1, fencingToken(1, 1))
  await until('ready', async () => (await runtime.client.status(ref))[0]?.readyReplicas === 1)
  const command = (program: string, withinMs = 5_000) =>
    runtime.client.smoke(ref, 'r-1', { command: [process.execPath, '-e', program], withinMs })
  return { command, path: (path: string, status = 200) => runtime.client.smoke(ref, 'r-1', { path, status, withinMs: 2_000 }) }
}

const pathFor = () => {
  const folder = mkdtempSync(join(tmpdir(), 'hf-smoke-'))
  return { path: join(folder, 'pid'), [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

describe('a smoke test', function () {
  this.timeout(30_000)

  it('is not counted, and needs the secret header', async () => {
    await using runtime = await startRuntime()
    const { path } = await withVersion(runtime)
    expect(await path('/')).to.deep.include({ ok: true })
    expect((await path('/', 418)).detail).to.match(/answered 200 in \d+ ms, expected 418/)
    const metrics = await (await fetch((await runtime.client.info()).metricsUrl)).text()
    expect(metrics).to.not.match(/^holdfast_requests_total\{.*\} [1-9]/m)
    const { url } = await runtime.client.traffic(ref)
    expect((await fetch(url, { headers: { 'holdfast-revision': 'r-1.guess' } })).status).to.equal(503)
  })

  it('never goes to another host', async () => {
    await using runtime = await startRuntime()
    const { path } = await withVersion(runtime)
    for (const to of ['@example.com/', ':1/', '.example.com/']) expect(await outcomeOf(path(to)), to).to.equal('invalid-input')
  })

  it('by command runs in the artifact, and reports its end and last output, never the header', async () => {
    await using runtime = await startRuntime()
    const { command } = await withVersion(runtime)
    expect(await command(`require('node:fs').readFileSync('server.mjs')`)).to.deep.include({ ok: true })
    const failed = await command(`console.log('first'); console.error('no such page'); process.exitCode = 3`)
    expect(failed.ok).to.equal(false)
    expect(failed.detail).to.match(/: exit code 3: (no such page|first)$/)
    const leaky = await command(`console.log(process.env.SMOKE_HEADER)`)
    expect(leaky.detail).to.match(/: exit code 0: holdfast-revision: \(header\)$/)
    expect(Object.keys(JSON.parse((await command(env)).detail.split(': ').at(-1) ?? '') as object)).to.have.members(known)
  })

  it('by command is ended with all it started when it does not end in time, or leaves a process behind', async () => {
    await using runtime = await startRuntime()
    const { command } = await withVersion(runtime)
    for (const [then, detail] of [
      ['setInterval(() => {}, 1e6)', 'did not end within 700 ms'],
      ['child.unref()', 'exit code 0'],
    ]) {
      using file = pathFor()
      const deaf = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6)`
      const program = `const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(deaf)}], { stdio: 'ignore' })
        require('node:fs').writeFileSync(${JSON.stringify(file.path)}, String(child.pid)); ${then}`
      expect((await command(program, 700)).detail).to.contain(detail)
      expect(startTime(Number(readFileSync(file.path, 'utf8')))).to.equal('')
    }
  })

  it('by a missing command fails and says so', async () => {
    await using runtime = await startRuntime()
    await withVersion(runtime)
    const test = { command: ['/nowhere/smoke'], withinMs: 1_000 }
    expect((await runtime.client.smoke(ref, 'r-1', test)).detail).to.contain('ENOENT')
  })
})

const known = ['PATH', 'HOME', 'SMOKE_URL', 'SMOKE_HEADER']
const env = `console.log(JSON.stringify(Object.fromEntries(Object.keys(process.env).map((name) => [name, 0]))).replaceAll(': ', ':'))`
