/** The load generator: what it sends, and what it reports. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openLoop } from '../../../cli/traffic/load.ts'

async function serving(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('an open loop', () => {
  it('sends all due requests, whatever their outcome, and names versions and failures', async () => {
    let count = 0
    await using server = await serving((_, response) => {
      const bad = ++count % 4 === 0
      response.writeHead(bad ? 500 : 200, { 'x-version': bad ? '2' : '1' }).end()
    })
    const report = await openLoop({ url: server.url, rps: 200, forMs: 500 })
    expect(report).to.include({ requests: 100, failures: 25 })
    expect(report.versions['2']).to.deep.include({ requests: 25, failures: 25, statuses: { 500: 25 } })
    expect(report.failed[0]).to.include({ status: 500, version: '2', failure: 'status 500' })
    expect(report.failed[0]?.dueAtMs).to.be.within(report.startedAtMs - 1, report.endedAtMs)
  })

  it('counts the wait that a stalled server causes for later requests (no coordinated omission)', async () => {
    let first = true
    await using server = await serving((_, response) => {
      setTimeout(() => response.end(), first ? 400 : 0)
      first = false
    })
    const report = await openLoop({ url: server.url, rps: 100, forMs: 400, maxSockets: 1, maxOutstanding: 100 })
    expect(report.requests).to.equal(40)
    expect(report.p50Ms).to.be.greaterThan(100)
  })

  it('never has more requests in flight than allowed, and counts each further one as a failure that was not sent', async () => {
    await using server = await serving((_, response) => void setTimeout(() => response.end(), 300))
    const report = await openLoop({ url: server.url, rps: 100, forMs: 200, maxSockets: 2, maxOutstanding: 4 })
    expect(report.failed.filter(({ failure }) => failure === 'not-sent')).to.have.length(16)
    expect(report.requests).to.equal(20)
  })

  it('names the reason when it reaches nothing, and ends when told to', async () => {
    const stop = new AbortController()
    const report = await openLoop({
      ...{ url: 'http://127.0.0.1:1/', rps: 100, forMs: Infinity, signal: stop.signal },
      onAnswer: () => stop.abort(),
    })
    expect(report.failed[0]?.failure).to.equal('ECONNREFUSED')
  })
})
