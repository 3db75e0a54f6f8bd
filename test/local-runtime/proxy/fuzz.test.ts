/** The fuzz of `npm run bench -- fuzz-proxy`, long enough for every kind of words. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { fuzz } from '../../../loadtests/fuzz-run.ts'

describe('20,000 connections of hostile words, from clients and backends', () => {
  it('end no process, fail no request of another service, and leave every request with one outcome', async function () {
    this.timeout(170_000)
    const report = await fuzz({ seed: 8, cases: 20_000, withinMs: 160_000 })
    expect(report.broken).to.deep.equal([])
    expect(report).to.include({ cases: 20_000, others: 1_250, othersFailed: 0 })
    // It was no fuzz where all of it ends at the first check, or nothing does.
    expect(report.drawn).to.be.above(10_000)
    expect(report.refused).to.be.above(2_000)
    expect(report.errorsByHostileBackend).to.be.above(1_000)
  })
})
