/** The fuzz of `npm run bench -- fuzz-proxy`, long enough for every kind of input. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { fuzz } from '../../../loadtests/fuzz-run.ts'

describe('20,000 connections with hostile input from clients and backends', () => {
  it('end no process, fail no request of another service, and give every request one outcome', async function () {
    this.timeout(170_000)
    const report = await fuzz({ seed: 8, cases: 20_000, withinMs: 160_000 })
    expect(report.broken).to.deep.equal([])
    expect(report).to.include({ cases: 20_000, others: 1_250, othersFailed: 0 })
    // The fuzz is only useful if some input passes the first check and some does not.
    expect(report.drawn).to.be.above(10_000)
    expect(report.refused).to.be.above(2_000)
    expect(report.errorsByHostileBackend).to.be.above(1_000)
  })
})
