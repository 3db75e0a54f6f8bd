import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { scrapeMetrics } from '../../../adapters/metrics/scrape.ts'
import { givenNothing, outcomeOf, place } from '../stand.ts'

const wanted = { place, versions: { 'r-1': '1' }, edgesMs: [100, 500], queries: [] }
const labels = 'service="shop",environment="production",revision="r-1",version="1",replica="r-1-0"'
const good = `# HELP x\nholdfast_requests_total{${labels}} 7\nholdfast_request_errors_total{${labels}} 2\n`

/** A runtime's door and counters that answer as a test wants: what the real one never does. */
async function pretender(answer: (response: ServerResponse) => void, instance = 'me') {
  const folder = mkdtempSync(join(tmpdir(), 'hf-scrape-'))
  let scrapes = 0
  const counters = createServer((_, response) => {
    scrapes += 1
    response.setHeader('holdfast-runtime', 'me')
    answer(response)
  })
  await new Promise<void>((resolve) => counters.listen(0, '127.0.0.1', resolve))
  const metricsUrl = `http://127.0.0.1:${(counters.address() as AddressInfo).port}/metrics`
  const door = createServer((_, response) => response.end(JSON.stringify({ metricsUrl, instance, lastOutageMs: null })))
  await new Promise<void>((resolve) => door.listen(join(folder, 's'), resolve))
  const close = (server: Server) => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()))
  return {
    metrics: scrapeMetrics.create({ ...givenNothing, runtimeSocket: join(folder, 's') }, {}),
    scrapes: () => scrapes,
    async [Symbol.asyncDispose]() {
      await Promise.all([close(counters), close(door)])
      rmSync(folder, { recursive: true })
    },
  }
}

describe('the scrape of counters', function () {
  this.timeout(20_000)

  it('is one for all who look at once, and a new one for who looks later', async () => {
    await using test = await pretender((response) => void setTimeout(() => response.end(good), 50))
    const readings = await Promise.all(Array.from({ length: 20 }, () => test.metrics.read(wanted)))
    expect(test.scrapes()).to.equal(1)
    for (const { replicas } of readings)
      expect(replicas).to.deep.equal([{ revision: 'r-1', replica: 'r-1-0', requests: 7, errors: 2, statuses: {}, edges: [] }])
    await new Promise((resolve) => setTimeout(resolve, 250))
    await test.metrics.read(wanted)
    expect(test.scrapes()).to.equal(2)
  })

  it('that fails is no reading of zero: refused, broken, cut short, silent', async () => {
    const answers: readonly ((response: ServerResponse) => void)[] = [
      (response) => response.writeHead(500).end(good),
      (response) => response.end('<html>'),
      (response) => response.end('holdfast_requests_total{service="shop" 7\n'),
      (response) => void response.writeHead(200, { 'content-length': 999 }).write(good, () => response.destroy()),
      () => {},
    ]
    for (const answer of answers) {
      await using test = await pretender(answer)
      expect(await outcomeOf(test.metrics.read(wanted)), answer.toString()).to.equal('metrics-unavailable')
    }
  })

  it('of a port that is not the runtime’s any more is no reading', async () => {
    await using test = await pretender((response) => response.end(good), 'somebody else')
    expect(await outcomeOf(test.metrics.read(wanted))).to.equal('metrics-unavailable')
  })
})
