import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import type { HookCall } from '../../adapters/hook.ts'
import { runHook } from '../../adapters/hook.ts'
import { startHookReceiver } from '../stack/hook-receiver.ts'
import { until } from '../stack/until.ts'

const about = {
  moment: 'afterStep',
  idempotencyKey: 'rollout/shop/production/shop-2#3.afterStep.0.1',
  release: 'shop-2',
  service: 'shop',
  environment: 'production',
  version: '1.1.0',
  stableVersion: '1.0.0',
  phase: 'baking',
  step: 2,
  weightPercent: 50,
  reason: null,
} as const

const callTo = (what: { readonly http: string } | { readonly command: readonly string[] }, timeoutMs = 10_000): HookCall => ({
  hook: { ...what, timeoutMs, required: true },
  ...about,
})

const never = new AbortController().signal
const run = (call: HookCall, signal = never) => runHook(call, signal)

describe('a hook', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hf-hook-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const script = (source: string) => callTo({ command: [process.execPath, '-e', source] })
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }

  it('gets its JSON by POST with its key, and passes with an answer of 2xx', async () => {
    await using receiver = await startHookReceiver(204)
    const { host } = new URL(receiver.url)
    expect(await run(callTo({ http: receiver.url }))).to.deep.equal({ ok: true, detail: `${host} answered 204` })
    const { idempotencyKey, told } = await receiver.call(1)
    expect(idempotencyKey).to.equal(about.idempotencyKey)
    expect(told).to.deep.equal(about)
    receiver.answer(500)
    expect(await run(callTo({ http: receiver.url }))).to.deep.equal({ ok: false, detail: `${host} answered 500` })
  })

  it('calls only loopback and the hosts that the settings name, also when an earlier declaration named others', async () => {
    const { ok, detail } = await runHook(callTo({ http: 'http://hooks.example:8080/x' }), never, ['other.example'])
    expect([ok, detail]).to.deep.equal([
      false,
      'hooks.example:8080 is neither loopback nor a host that HOLDFAST_HOOK_HOSTS names',
    ])
  })

  it('does not take a name that only begins like loopback for loopback', async () => {
    for (const host of ['127.0.0.1.hooks.example', '127.hooks.example', 'localhost.hooks.example'])
      expect((await run(callTo({ http: `http://${host}/x` }))).detail).to.include(`${host} is neither loopback`)
  })

  it('follows no redirect, because its destination was never allowed', async () => {
    await using elsewhere = await startHookReceiver(204)
    const server = createServer((_, response) => response.writeHead(307, { location: elsewhere.url }).end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { ok } = await run(callTo({ http: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }))
      expect([ok, elsewhere.calls.length]).to.deep.equal([false, 0])
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  it('fails when there is no answer in time, and when nothing listens', async () => {
    await using receiver = await startHookReceiver(null)
    const { ok, detail } = await run(callTo({ http: receiver.url }, 300))
    expect([ok, detail]).to.deep.equal([false, `${new URL(receiver.url).host} did not answer within 300 ms`])
    await receiver[Symbol.asyncDispose]()
    expect(await run(callTo({ http: receiver.url }))).to.deep.equal({
      ok: false,
      detail: `${new URL(receiver.url).host} did not answer: ECONNREFUSED`,
    })
  })

  it('runs as a command with its JSON on standard input and without our environment, and passes with exit code 0', async () => {
    const file = join(folder, 'told.json')
    const source = `const fs = require('node:fs'); fs.writeFileSync(${JSON.stringify(file)}, JSON.stringify([JSON.parse(fs.readFileSync(0, 'utf8')), Object.keys(process.env)]))`
    expect((await run(script(source))).ok).to.equal(true)
    const [told, names] = JSON.parse(readFileSync(file, 'utf8')) as [unknown, string[]]
    expect(told).to.deep.equal(about)
    expect(names).to.deep.equal(['PATH'])
    expect(await run(script('process.exit(3)'))).to.deep.equal({ ok: false, detail: `${process.execPath}: exit code 3` })
    expect(await run(callTo({ command: ['/nowhere/at-all'] }))).to.deep.equal({
      ok: false,
      detail: '/nowhere/at-all: spawn /nowhere/at-all ENOENT',
    })
  })

  it('that fails keeps the end of its output or of its answer', async () => {
    const failing = script(
      `process.stdout.write('x'.repeat(10_000)); console.error('\\nno room\\nin the cache'); process.exit(3)`,
    )
    const { ok, detail } = await run(failing)
    expect(ok).to.equal(false)
    expect(detail).to.match(/: exit code 3: x+ no room in the cache$/)
    expect(detail.length).to.be.lessThan(600)
    const server = createServer((_, response) => response.writeHead(503).end(`the ledger is closed${'.'.repeat(10_000)}`))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const answered = await run(callTo({ http: `http://127.0.0.1:${port}/` }))
    server.close()
    expect(answered.detail).to.match(/^127\.0\.0\.1:\d+ answered 503: the ledger is closed\.+$/)
    expect(answered.detail.length).to.be.lessThan(500)
  })

  for (const how of ['past its time', 'broken off'] as const)
    it(`is ended with everything it started when it is ${how}`, async () => {
      const file = join(folder, `${how.replaceAll(' ', '-')}.pid`)
      const source = `const { spawn } = require('node:child_process'); const { pid } = spawn('sleep', ['600']); require('node:fs').writeFileSync(${JSON.stringify(file)}, String(pid)); setInterval(() => {}, 1000)`
      const breaking = new AbortController()
      const call = script(source)
      const timeoutMs = how === 'past its time' ? 4_000 : 60_000
      const running = run({ ...call, hook: { ...call.hook, timeoutMs } }, breaking.signal)
      const pid = await until('the grandchild', () => readPid(file))
      if (how === 'broken off') breaking.abort()
      const said = how === 'broken off' ? 'ended by SIGKILL' : 'did not end within 4000 ms'
      expect(await running).to.deep.equal({ ok: false, detail: `${process.execPath}: ${said}` })
      await until(`the end of ${pid}`, () => !isAlive(pid))
    })

  it('that is a request is cancelled too', async () => {
    await using receiver = await startHookReceiver(null)
    const breaking = new AbortController()
    const running = run(callTo({ http: receiver.url }), breaking.signal)
    const call = await receiver.call(1)
    breaking.abort()
    expect((await running).ok).to.equal(false)
    await until('the caller to hang up', () => call.brokenOff)
  })
})

function readPid(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined
  } catch {
    return undefined
  }
}
