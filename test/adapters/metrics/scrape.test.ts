import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { protocolHeader, runtimeProtocol } from '../../../adapters/local-runtime/protocol.ts'
import { scrapeMetrics } from '../../../adapters/metrics/scrape.ts'
import { until } from '../../stack/until.ts'
import { noSettings, outcomeOf, ref } from '../stand.ts'

const wanted = { ref, versions: { 'r-1': '1' }, edgesMs: [100, 500], queries: [], needed: { matches: [], edgesMs: [] } }
const labels = 'service="shop",environment="production",revision="r-1",version="1",replica="r-1-0"'
const good = `# HELP x\nholdfast_requests_total{${labels}} 7\nholdfast_request_errors_total{${labels}} 2\n`

/** A fake control socket and counters of a runtime, for answers that the real runtime never gives. */
async function pretender(answer: (response: ServerResponse) => void, instance = 'me') {
  const folder = mkdtempSync(join(tmpdir(), 'hf-scrape-'))
  let scrapes = 0
  let asked = 0
  let current = instance
  const counters = createServer((_, response) => {
    scrapes += 1
    response.setHeader('holdfast-runtime', current === instance ? 'me' : current)
    answer(response)
  })
  await new Promise<void>((resolve) => counters.listen(0, '127.0.0.1', resolve))
  const metricsUrl = `http://127.0.0.1:${(counters.address() as AddressInfo).port}/metrics`
  const server = createServer((_, response) => {
    asked += 1
    response.setHeader(protocolHeader, runtimeProtocol)
    response.end(JSON.stringify({ metricsUrl, instance: current, lastOutageMs: null, protocol: runtimeProtocol }))
  })
  await new Promise<void>((resolve) => server.listen(join(folder, 's'), resolve))
  const close = (server: Server) => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()))
  return {
    metrics: scrapeMetrics.create({ ...noSettings, runtimeSocket: join(folder, 's') }, {}),
    scrapes: () => scrapes,
    /** How often the provider asked the control socket for the address of the counters. */
    asked: () => asked,
    /** Starts another life of the runtime on the same port. */
    startAgain: () => void (current = 'another life'),
    async [Symbol.asyncDispose]() {
      await Promise.all([close(counters), close(server)])
      rmSync(folder, { recursive: true })
    },
  }
}

/** Looks until the counters were scraped `times` times: looks within 200 ms of a scrape share it. Answers the last look. */
const untilScrapes = ({ metrics, scrapes }: Awaited<ReturnType<typeof pretender>>, times: number) =>
  until(`scrape ${times}`, async () => {
    const counters = await metrics.read(wanted)
    return scrapes() === times && counters
  })

describe('the scrape of counters', function () {
  this.timeout(20_000)

  it('is shared by all analyses that look at once, and repeated for a later look', async () => {
    await using test = await pretender((response) => void setTimeout(() => response.end(good), 50))
    const answers = await Promise.all(Array.from({ length: 20 }, () => test.metrics.read(wanted)))
    expect(test.scrapes()).to.equal(1)
    for (const { replicas } of answers)
      expect(replicas).to.deep.equal([{ revision: 'r-1', replica: 'r-1-0', requests: 7, errors: 2, statuses: {}, edges: [] }])
    await untilScrapes(test, 2)
  })

  it('asks the runtime once for the address of its counters, and again within the same look after a restart', async () => {
    await using test = await pretender((response) => response.end(good))
    await test.metrics.read(wanted)
    await untilScrapes(test, 2)
    expect(test.asked()).to.equal(1)
    test.startAgain()
    // The counters at the old address are another life's: the same look asks for the new one and scrapes once more.
    const { replicas } = await untilScrapes(test, 4)
    expect(replicas).to.have.length(1)
    expect(test.asked()).to.equal(2)
  })

  it('that fails is never zero: refused, broken, cut short, silent, redirected', async () => {
    const answers: readonly ((response: ServerResponse) => void)[] = [
      (response) => response.writeHead(500).end(good),
      (response) => response.end('<html>'),
      (response) => response.end(good.replace(' 7', ' 0x7')),
      (response) => response.end('holdfast_requests_total{service="shop" 7\n'),
      (response) => void response.writeHead(200, { 'content-length': 999 }).write(good, () => response.destroy()),
      () => {},
      (response) =>
        response.req.url?.includes('elsewhere')
          ? void response.end(good)
          : void response.writeHead(307, { location: '/elsewhere' }).end(),
    ]
    for (const answer of answers) {
      await using test = await pretender(answer)
      expect(await outcomeOf(test.metrics.read(wanted)), answer.toString()).to.equal('metrics-unavailable')
    }
  })

  it('that lacks a counter, or has one that is no count, has no data of the revision, and says why', async () => {
    const other = labels.replace('r-1-0', 'r-1-1')
    const odd: readonly (readonly [lines: string, why: string])[] = [
      [`holdfast_requests_total{${labels}} 7`, 'no series of holdfast_request_errors_total of replica r-1-0'],
      [`holdfast_request_edge_slow_total{${labels},edge_ms="100"} 1`, 'no series of holdfast_requests_total of replica r-1-0'],
      [
        `holdfast_requests_total{${labels}} 7\nholdfast_request_errors_total{${labels}} NaN`,
        'holdfast_request_errors_total is NaN, which is no count',
      ],
      [
        `holdfast_requests_total{${labels}} -7\nholdfast_request_errors_total{${labels}} 0`,
        'holdfast_requests_total is -7, which is no count',
      ],
      [`holdfast_requests_total{${labels}} 7\nholdfast_request_errors_total{${labels}} 8`, 'more errors (8) than requests (7)'],
      // The replica without data may be the one that fails, so the other one does not count for it.
      [`${good}holdfast_requests_total{${other}} 7`, 'no series of holdfast_request_errors_total of replica r-1-1'],
    ]
    for (const [lines, why] of odd) {
      await using test = await pretender((response) => response.end(`${lines}\n`))
      const { replicas, missing } = await test.metrics.read(wanted)
      expect([replicas, missing], lines).to.deep.equal([[], [{ revision: 'r-1', why }]])
    }
  })

  it('does not count an edge when half of it is missing, and takes no other series for a replica', async () => {
    const half = `${good}holdfast_request_edge_slow_total{${labels},edge_ms="100"} 3\nholdfast_in_flight{${labels.replace('r-1-0', 'r-1-1')}} 3\n`
    await using test = await pretender((response) => response.end(half))
    const { replicas, missing } = await test.metrics.read(wanted)
    expect([replicas.map(({ replica, edges }) => [replica, edges]), missing]).to.deep.equal([[['r-1-0', []]], undefined])
  })

  it('of a port that the runtime has lost is no data', async () => {
    await using test = await pretender((response) => response.end(good), 'somebody else')
    expect(await outcomeOf(test.metrics.read(wanted))).to.equal('metrics-unavailable')
  })
})
