import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { AnalysisState } from '../../../domain/analysis/analysis.ts'
import { upperBound } from '../../../domain/analysis/bound.ts'
import { channelsOf } from '../../../domain/analysis/channels.ts'
import { count } from '../../../domain/analysis/count.ts'
import { beginFailing, failingShare } from '../../../domain/analysis/failing-clients.ts'
import type { LookNote, LookRow } from '../../../domain/analysis/look-row.ts'
import { channelLogE, releaseLogE, rowOf, thin } from '../../../domain/analysis/look-row.ts'
import { beginMixture } from '../../../domain/analysis/mixture.ts'
import { plan, startLooking } from './scene.ts'

/** Rows of one run, at the instants that a test gives them. */
function rowsEvery(ms: number, count: number): readonly LookRow[] {
  const run = startLooking()
  return Array.from({ length: count }, (_, i) => ({ ...run.look(), atMs: i * ms }))
}
const everySecond = (seconds: number) => rowsEvery(1_000, seconds)

describe('the row of a look', () => {
  const counted = (note: LookNote | null, changes: Partial<AnalysisState> = {}) => {
    const run = startLooking()
    run.traffic(1, { canary: 20, stable: 180 })
    const state = { ...run.state(), ...changes }
    const side = (errors: number, requests: number) => ({ requests, errors, arrived: requests, channels: [] })
    const found = count(state.replicas, plan, channels, run.scene.counters(run.atMs()))
    return rowOf(plan, state, channels, 7_000, { ...found, canary: side(1, 20), stable: side(2, 180) }, note)
  }
  const channels = channelsOf(plan.settings.metrics, plan.objective)
  const nobody = { bad: 0, total: 0 }

  it('has the counts of this look, unless there was nothing before it or nothing new', () => {
    for (const note of [null, 'mark', 'warm-up', 'split-moved', 'torn'] as const)
      expect(counted(note), String(note)).to.deep.include({
        atMs: 7_000,
        canary: { bad: 1, total: 20 },
        stable: { bad: 2, total: 180 },
        note,
      })
    for (const note of ['first-reading', 'no-news'] as const)
      expect(counted(note), note).to.deep.include({ canary: nobody, stable: nobody, note })
  })

  it('has the rates over all looks that counted, in six digits, and none without requests', () => {
    const total = { canary: { bad: 1, total: 3 }, stable: nobody }
    expect(counted(null, { total })).to.include({ canaryRate: 0.333333, stableRate: null })
    expect(counted(null, { total: { canary: { bad: 0, total: 1 }, stable: { bad: 1, total: 1 } } })).to.include({
      canaryRate: 0,
      stableRate: 1,
    })
  })

  it('has the evidence of every channel and its weighted mean, and the bounds of those with an objective and requests', () => {
    const from = startLooking().state()
    // E is 18: half of the capital has started and is 17.5, and the other half is 0.5.
    const bad = { starts: 1, fresh: false, logs: [Math.log(17.5)] }
    const state: Partial<AnalysisState> = {
      channels: from.channels.map((one, i) => ({
        ...one,
        test: i === 1 ? bad : beginMixture(),
        step: [{ a: 1, n: 100, b: 0, m: 0 }, one.step, one.step, { a: 0, n: 0, b: 0, m: 9 }][i] ?? one.step,
      })),
    }
    const row = counted(null, state)
    expect(row.channels).to.deep.equal({ errors: 0, '4xx': 2.89037, 'latency 100 ms': 0, 'latency 500 ms': 0 })
    expect(row.logE).to.be.closeTo(Math.log(0.9 + 0.1 * 18), 1e-5)
    expect(Object.keys(row.bounds)).to.deep.equal(['errors'])
    expect(row.bounds.errors).to.be.closeTo(upperBound(1, 100, 0.01, 0.05, 1), 1e-6)
  })

  it('weighs failing clients by their share, where clients are judged, and not at a query', () => {
    const own = { test: { starts: 1, fresh: false, logs: [Math.log(17.5)] }, failing: { ...beginFailing(), logE: Math.log(50) } }
    const from = startLooking().state()
    const state = { ...from, channels: from.channels.map((one) => ({ ...one, ...own })) }
    const byClients = { ...state, byClients: true }
    const orders = { kind: 'query', name: 'orders', bad: 'bad', total: 'total', share: 1, dryRun: false } as const
    const [errors, query] = channelsOf([{ kind: 'errors', share: 1, dryRun: false }, orders], plan.objective)
    if (!errors || !query) return expect.fail('no channels')
    expect(channelLogE(state, errors, 0)).to.be.closeTo(Math.log(18), 1e-9)
    expect(channelLogE(byClients, errors, 0)).to.be.closeTo(Math.log((1 - failingShare) * 18 + failingShare * 50), 1e-9)
    expect(channelLogE(byClients, query, 0)).to.be.closeTo(Math.log(18), 1e-9)
    expect(releaseLogE(byClients, [errors, query])).to.be.closeTo(
      Math.log(((1 - failingShare) * 18 + failingShare * 50 + 18) / 2),
      1e-9,
    )
  })
})

describe('the looks stored for charts', () => {
  it('are one per second of the last 15 minutes, and one per 10 s before', () => {
    const kept = thin(everySecond(3_600), 3_600_000)
    const [old, fine] = [kept.filter(({ atMs }) => atMs < 2_700_000), kept.filter(({ atMs }) => atMs >= 2_700_000)]
    expect([old.length, fine.length]).to.deep.equal([270, 900])
    expect(old.slice(0, 2).map(({ atMs }) => atMs)).to.deep.equal([9_000, 19_000])
  })

  it('are one per second when looks are more frequent, and older ones are kept', () => {
    const often = rowsEvery(250, 4 * 3_600)
    const kept = thin(often, 3_600_000)
    expect([kept.filter(({ atMs }) => atMs < 2_700_000).length, kept.length]).to.deep.equal([270, 1_170])
    expect(kept.at(-1)?.atMs, 'the newest').to.equal(3_599_750)
  })

  it('are at most 2,000 over the whole time, however long it lasts', () => {
    let rows: readonly LookRow[] = []
    const row = startLooking().look()
    const day = 86_400
    for (let second = 0; second < day; second += 60) {
      const minute = Array.from({ length: 60 }, (_, i) => ({ ...row, atMs: (second + i) * 1_000 }))
      rows = thin([...rows, ...minute], (second + 59) * 1_000)
      expect(rows.length).to.be.at.most(2_000)
    }
    expect(rows[0]?.atMs).to.be.below(160_000)
    const gaps = rows.slice(1).map(({ atMs }, i) => atMs - (rows[i]?.atMs ?? 0))
    expect(Math.max(...gaps)).to.be.at.most(160_000)
  })

  it('are all kept while they are exactly 2,000, and every second one of 2,001', () => {
    const of = (count: number) => Array.from({ length: count }, (_, i) => ({ atMs: i * 10_000 }))
    expect(thin(of(2_000), 1e9).length).to.equal(2_000)
    expect(thin(of(2_001), 1e9).length).to.equal(1_001)
  })

  it('are the same when they are thinned again', () => {
    const once = thin(everySecond(5_000), 5_000_000)
    expect(thin(once, 5_000_000)).to.deep.equal(once)
  })
})
