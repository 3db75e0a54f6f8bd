import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { BroadcastChannel, Worker } from 'node:worker_threads'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { proxyCodeIn, proxySource } from '../../local-runtime/proxy-code.ts'
import type { ThreadedProxy } from '../../local-runtime/threaded-proxy.ts'
import { createThreadedProxy } from '../../local-runtime/threaded-proxy.ts'
import { createRunFolder } from '../stack/run-folder.ts'
import { until } from '../stack/until.ts'
import type { Fault } from './faulty-thread.ts'

interface Served extends AsyncDisposable {
  readonly proxy: ThreadedProxy
  readonly url: string
  /** The reasons why its thread ended. */
  readonly ends: readonly string[]
  /** Causes `fault` in its thread. */
  meet(fault: Fault): void
  /** Sends requests one after the other until `isOver`. Resolves with the numbers of good and failed ones. */
  users(isOver: () => boolean): Promise<{ readonly good: number; readonly failed: number }>
}

/** A service with one backend behind a proxy in a thread that can be made to fail. */
async function serve(name: string, file = new URL('./faulty-thread.ts', import.meta.url), pingEveryMs = 5_000): Promise<Served> {
  const backend = createServer((_, response) => response.end(name))
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  const ends: string[] = []
  const proxy = await createThreadedProxy({
    ref: { service: name, environment: 'production' },
    port: 0,
    directSecret: 'secret',
    timeoutMs: 2_000,
    sticky: 'none',
    edgesMs: [100],
    onEffective: () => {},
    onEnd: (why) => ends.push(why),
    file,
    pingEveryMs,
  })
  const { port } = backend.address() as AddressInfo
  const routes = [{ revision: 'a', version: '1', weight: 100, backends: [{ replica: 'a-1', port }] }]
  await proxy.setTable({ generation: 7, routes, closeStreams: [] })
  const url = `http://127.0.0.1:${proxy.ports()[0]}`
  const channel = new BroadcastChannel(`faults of proxy ${name}/production`)
  return {
    proxy,
    url,
    ends,
    meet: (fault) => channel.postMessage(fault),
    async users(isOver) {
      let [good, failed] = [0, 0]
      while (!isOver()) {
        const text = await fetch(url).then(
          (answer) => answer.text(),
          () => null,
        )
        if (text === name) good += 1
        else failed += 1
      }
      return { good, failed }
    },
    async [Symbol.asyncDispose]() {
      channel.close()
      await proxy.close()
      backend.closeAllConnections()
      await new Promise((resolve) => backend.close(resolve))
    },
  }
}

const stillMs = 4_000
/** A backend and one user. The user sends requests from the message with the address until the message to stop. */
const usersOutside = `const { parentPort } = require('node:worker_threads')
const backend = require('node:http').createServer((_, response) => response.end('ok'))
backend.listen(0, '127.0.0.1', () => parentPort.postMessage(backend.address().port))
let isOver = false
parentPort.on('message', async (url) => {
  if (url === 'over') return void (isOver = true)
  const told = { good: 0, failed: 0, worstMs: 0 }
  await fetch(url)
  parentPort.postMessage('warm')
  while (!isOver) {
    const askedAtMs = performance.now()
    const isGood = await fetch(url).then(async (answer) => (await answer.text()) === 'ok', () => false)
    told.worstMs = Math.max(told.worstMs, Math.round(performance.now() - askedAtMs))
    told[isGood ? 'good' : 'failed'] += 1
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  parentPort.postMessage(told)
})`

const isAnswering = async (url: string): Promise<boolean> =>
  fetch(url).then(
    (answer) => answer.ok,
    () => false,
  )

describe('a proxy in a thread of its own', function () {
  this.timeout(90_000)

  for (const [fault, why] of [
    ['throw', /nobody guarded this/],
    ['reject', /nobody awaited this/],
    ['exit', /ended/],
    ['leak', /out of memory: its heap of \d+ MB/],
    ['leak-at-once', /out of memory: its heap of \d+ MB/],
    ['loop', /did not answer for 3 s/],
  ] as const)
    it(`that ends by '${fault}' is started again with the same state, and another service never notices`, async () => {
      await using shop = await serve('shop', undefined, fault === 'loop' ? 1_000 : undefined)
      await using search = await serve('search')
      let over = false
      const others = search.users(() => over)
      expect(await isAnswering(shop.url)).to.equal(true)
      shop.meet(fault)
      await until('its end', () => shop.ends.length === 1, 40_000)
      await until('its table', () => shop.proxy.effective().generation === 7, 30_000)
      expect(await isAnswering(shop.url), 'at the same address').to.equal(true)
      expect(shop.ends[0]).to.match(why)
      over = true
      const { good, failed } = await others
      expect([good > 10, failed]).to.deep.equal([true, 0])
      expect(search.ends).to.deep.equal([])
    })

  it("answers its users while the runtime's main thread is blocked, for example by a slow disk", async () => {
    // The backend and its users have their own thread too, so only the proxy is measured.
    const outside = new Worker(usersOutside, { eval: true })
    try {
      const [port] = (await once(outside, 'message')) as [number]
      await using served = await serve('still')
      const routes = [{ revision: 'a', version: '1', weight: 100, backends: [{ replica: 'outside', port }] }]
      await served.proxy.setTable({ generation: 8, routes, closeStreams: [] })
      outside.postMessage(served.url)
      await once(outside, 'message')
      const begunAtMs = performance.now()
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stillMs)
      expect(performance.now() - begunAtMs).to.be.at.least(stillMs)
      outside.postMessage('over')
      const [{ good, failed, worstMs }] = (await once(outside, 'message')) as [{ good: number; failed: number; worstMs: number }]
      console.log(
        `        ${good} requests while it stood still for ${stillMs} ms: ${failed} failed, the slowest took ${worstMs} ms`,
      )
      expect(failed).to.equal(0)
      expect(good).to.be.greaterThan(20)
      expect(worstMs).to.be.below(stillMs / 2)
    } finally {
      await outside.terminate()
    }
  })

  it('that ends again and again is started again each time, at all its ports', async () => {
    await using shop = await serve('shop')
    const more = createServer()
    await new Promise<void>((resolve) => more.listen(0, '127.0.0.1', resolve))
    const { port } = more.address() as AddressInfo
    await new Promise((resolve) => more.close(resolve))
    await shop.proxy.listenAt(port)
    for (const times of [1, 2, 3]) {
      shop.meet('throw')
      await until(`end ${times}`, () => shop.ends.length === times)
      await until('its table', () => shop.proxy.effective().generation === 7)
      for (const url of [shop.url, `http://127.0.0.1:${port}`]) expect(await isAnswering(url), url).to.equal(true)
    }
  })

  it('counts in a new series after each end, never backwards in one, and says that it has no counts while its thread is away', async () => {
    await using shop = await serve('shop')
    for (let i = 0; i < 5; i += 1) await fetch(shop.url)
    const counted = async () =>
      (await shop.proxy.read(Date.now())).samples.map(({ replica, requests }) => [replica, requests] as const)
    expect(await counted()).to.deep.equal([['a-1', 5]])
    shop.meet('exit')
    await until('its end', () => shop.ends.length === 1)
    const meanwhile = await counted().catch((error: { code?: string }) => error.code)
    expect(JSON.stringify(meanwhile)).to.be.oneOf(['"target-unavailable"', '[]', '[["a-1~1",0]]'])
    await until('its table', () => shop.proxy.effective().generation === 7)
    // More requests than before the end, because the same series would then hide the restart.
    for (let i = 0; i < 6; i += 1) await fetch(shop.url)
    expect(await counted()).to.deep.equal([['a-1~1', 6]])
    shop.meet('exit')
    await until('its second end', () => shop.ends.length === 2)
    await until('its table', () => shop.proxy.effective().generation === 7)
    await fetch(shop.url)
    expect(await counted()).to.deep.equal([['a-1~2', 1]])
  })

  it("rejects with the system's error when its port is taken, and leaves no thread", async () => {
    await using shop = await serve('shop')
    const taken = createThreadedProxy({
      ref: { service: 'other', environment: 'production' },
      port: Number(new URL(shop.url).port),
      directSecret: 'secret',
      timeoutMs: 2_000,
      sticky: 'none',
      edgesMs: [100],
      onEffective: () => {},
      onEnd: () => {},
      file: proxySource,
      pingEveryMs: 5_000,
    })
    expect(await taken.catch((error: NodeJS.ErrnoException) => error.code)).to.equal('EADDRINUSE')
  })

  it("runs as JavaScript that is written once, or from the repository's TypeScript when it cannot be written", async () => {
    const folder = await createRunFolder('proxy-code')
    const warned: string[] = []
    const code = proxyCodeIn(join(folder, 'code'), (message) => warned.push(message))
    expect([code.pathname.endsWith('.js'), warned]).to.deep.equal([true, []])
    for (const name of readdirSync(join(folder, 'code'), { recursive: true, encoding: 'utf8' }))
      expect(name).to.not.match(/\.ts$/)
    await using shop = await serve('shop', code)
    expect(await isAnswering(shop.url)).to.equal(true)
    expect(proxyCodeIn('/dev/null/nowhere', (message) => warned.push(message))).to.equal(proxySource)
    expect(warned).to.have.length(1)
  })
})
