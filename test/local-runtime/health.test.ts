import { once } from 'node:events'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import { createServer as createNetServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { probe } from '../../local-runtime/health.ts'
import { until } from '../stack/until.ts'

/** A server whose answer to health checks can be changed, and the probe's results in order. */
async function probed(
  answer: (response: ServerResponse) => void,
  rules: { healthyAfter?: number; unhealthyAfter?: number; path?: string; timeoutMs?: number; everyMs?: number } = {},
) {
  let current = answer
  const server = createServer((_, response) => current(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = new AbortController()
  const told: { healthy: boolean; why: string; atMs: number }[] = []
  const check = { port, path: '/healthz', everyMs: 40, timeoutMs: 5_000, healthyAfter: 1, unhealthyAfter: 3, ...rules }
  const over = probe(check, stop.signal, ({ healthy, why }) => void told.push({ healthy, why, atMs: performance.now() }))
  return {
    told,
    port,
    answer: (next: typeof answer) => void (current = next),
    close: () => (server.closeAllConnections(), server.close()),
    async [Symbol.asyncDispose]() {
      stop.abort()
      server.closeAllConnections()
      server.close()
      await over
    },
  }
}

/** A server in its own thread that answers after 300 ms, and reports requests and sent answers. */
const answering = `const { parentPort, workerData } = require('node:worker_threads')
require('node:http').createServer((request, response) => {
  parentPort.postMessage(Date.now())
  setTimeout(() => response.end('fine', () => { Atomics.add(workerData, 0, 1); Atomics.notify(workerData, 0) }), 300)
}).listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port) })`

/** A server that switches every connection to another protocol. */
async function switching() {
  const sockets = new Set<Socket>()
  const server = createNetServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    socket.once('data', () => socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    open: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

const ok = (response: ServerResponse) => void response.end('fine')
const broken = (response: ServerResponse) => void response.writeHead(500).end()

describe('a health check', () => {
  it('needs the declared number of good answers in a row before any traffic', async () => {
    await using probing = await probed(ok, { healthyAfter: 3 })
    await until('healthy', () => probing.told.at(-1)?.healthy)
    expect(probing.told.map(({ healthy }) => healthy)).to.deep.equal([false, false, true])
  })

  it('keeps its declared interval from the first good answer on, so that three good answers take two pauses', async () => {
    await using probing = await probed(ok, { healthyAfter: 3 })
    await until('healthy', () => probing.told.at(-1)?.healthy)
    expect((probing.told[2]?.atMs ?? 0) - (probing.told[0]?.atMs ?? 0)).to.be.at.least(70)
  })

  for (const path of ['/é€ x', '/\n', '/\0', ''])
    it(`that cannot be sent counts as a bad answer and ends no process: ${JSON.stringify(path)}`, async () => {
      await using probing = await probed(ok, { path })
      await until('an answer', () => probing.told.length > 0)
      const isSent = path === ''
      expect(probing.told[0]?.healthy).to.equal(isSent)
      if (!isSent) expect(probing.told[0]?.why).to.equal('health check failed: ERR_UNESCAPED_CHARACTERS')
    })

  it('can wait for longer than 24.8 days, for an answer and between two', async () => {
    await using probing = await probed(ok, { timeoutMs: 7_200_000_000, everyMs: 3_600_000_000 })
    await until('healthy', () => probing.told.at(-1)?.healthy)
    const [first] = probing.told
    // By the second server's answer, the first check would have been repeated many times.
    await using other = await probed(ok, { healthyAfter: 3 })
    await until('three answers of the other', () => other.told.length >= 3)
    expect(probing.told).to.deep.equal([first])
  })

  it('tolerates bad answers until the declared number in a row', async () => {
    await using probing = await probed(ok)
    await until('healthy', () => probing.told.at(-1)?.healthy)
    probing.answer(broken)
    await until('unhealthy', () => probing.told.at(-1)?.healthy === false)
    expect(probing.told.filter(({ why }) => why.includes('500')).map(({ healthy }) => healthy)).to.deep.equal([true, true, false])
  })

  it('counts silence and a closed port as bad, and names the reason', async () => {
    await using probing = await probed(() => {}, { unhealthyAfter: 1, timeoutMs: 60 })
    await until('silence', () => probing.told.some(({ healthy, why }) => !healthy && why.includes('no answer in 60 ms')))
    probing.close()
    await until('refusal', () => probing.told.some(({ healthy, why }) => !healthy && why.includes('ECONNREFUSED')))
  })

  it('needs only the head of an answer, so an endless body is good', async () => {
    await using probing = await probed((response) => void response.writeHead(200).write('and so on'))
    await until('healthy', () => probing.told.at(-1)?.healthy)
  })

  it('counts a switch of protocols as bad, and continues', async () => {
    await using server = await switching()
    const stop = new AbortController()
    const told: string[] = []
    const check = { port: server.port, path: '/', everyMs: 1, timeoutMs: 5_000, healthyAfter: 1, unhealthyAfter: 1 }
    const over = probe(check, stop.signal, ({ why }) => void told.push(why))
    await until('three answers', () => told.length >= 3)
    stop.abort()
    await over
    expect(new Set(told)).to.deep.equal(new Set(['health check answered 101']))
    await until('no connection that stays open', () => server.open() === 0)
  })

  it('accepts an answer that arrived in time while the runtime itself was blocked', async () => {
    const answers = new Int32Array(new SharedArrayBuffer(4))
    const service = new Worker(answering, { eval: true, workerData: answers })
    const [port] = (await once(service, 'message')) as [number]
    const stop = new AbortController()
    const told: { healthy: boolean; why: string }[] = []
    const check = { port, path: '/', everyMs: 1, timeoutMs: 1_000, healthyAfter: 1, unhealthyAfter: 1 }
    const over = probe(check, stop.signal, ({ healthy, why }) => void told.push({ healthy, why }))
    for (let asked = 1; asked <= 3; asked += 1) {
      const [askedAtMs] = (await once(service, 'message')) as [number]
      // Block this thread until the answer has arrived and its time is over.
      Atomics.wait(answers, 0, asked - 1, 5_000)
      while (Date.now() < askedAtMs + 1_200);
    }
    await until('three answers', () => told.length >= 3)
    stop.abort()
    await service.terminate()
    await over
    expect(told.slice(0, 3).map(({ why }) => why)).to.deep.equal(Array(3).fill('health check answered 200'))
  })

  it('ends when it is stopped, also in the middle of an answer', async () => {
    const probing = await probed(ok)
    await until('healthy', () => probing.told.at(-1)?.healthy)
    probing.answer(() => {})
    await probing[Symbol.asyncDispose]()
  })
})
