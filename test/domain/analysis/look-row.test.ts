import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { LookRow } from '../../../domain/analysis/look-row.ts'
import { thin } from '../../../domain/analysis/look-row.ts'
import { startLooking } from './scene.ts'

/** Rows of one run, at the instants that a test gives them. */
function rowsEvery(ms: number, count: number): readonly LookRow[] {
  const run = startLooking()
  return Array.from({ length: count }, (_, i) => ({ ...run.look(), atMs: i * ms }))
}
const everySecond = (seconds: number) => rowsEvery(1_000, seconds)

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

  it('are the same when they are thinned again', () => {
    const once = thin(everySecond(5_000), 5_000_000)
    expect(thin(once, 5_000_000)).to.deep.equal(once)
  })
})
