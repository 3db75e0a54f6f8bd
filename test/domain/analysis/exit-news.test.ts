import { expect } from 'chai'
import { describe, it } from 'mocha'
import { exitNews } from '../../../domain/analysis/exit-news.ts'
import type { Notified } from '../../../domain/analysis/exit-news.ts'
import type { Liveness } from '../../../domain/analysis/liveness.ts'

const withExits = (count: number): Liveness => ({
  deadSinceMs: null,
  outages: [],
  startMs: 1,
  exits: Array.from({ length: count }, (_, i) => ({ replica: 0, atMs: 1_000 * i, code: 1, signal: null, lines: [] })),
  exitCount: count,
})

describe('the events of a crash loop', () => {
  it('report each of the first five exits, then every doubling, and none twice', () => {
    let notified: Readonly<Partial<Record<'canary' | 'stable', Notified>>> = {}
    const counts: number[] = []
    for (let count = 1; count <= 40; count += 1) {
      for (const _ of [1, 2]) {
        const found = exitNews(notified, { canary: withExits(count), stable: null }, -1)
        counts.push(...found.news.map((news) => news.count))
        notified = found.notified
      }
    }
    expect(counts).to.deep.equal([1, 2, 3, 4, 5, 8, 16, 32])
  })

  it('leave out exits from before the rollout', () => {
    const { news } = exitNews({}, { canary: withExits(0), stable: withExits(3) }, 1_500)
    expect(news).to.deep.equal([{ side: 'stable', atMs: 2_000, replica: 0, count: 1, detail: 'exit code 1' }])
  })

  it('count the exit at the moment when the traffic began in its text, and none before', () => {
    const { news } = exitNews({}, { canary: withExits(4), stable: null }, 1_000)
    expect(news.map(({ detail }) => detail)).to.deep.equal(['exit code 1, 3 times in 2 s'])
  })
})
