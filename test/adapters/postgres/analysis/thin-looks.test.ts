/** The looks of a rollout are thinned in batches, so that no statement grows with how long nobody cleaned. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { lookThinner } from '../../../../adapters/postgres/analysis/thin-looks.ts'
import type { Database } from '../../../../adapters/postgres/database/database.ts'
import { thin } from '../../../../domain/analysis/look-row.ts'
import { openQueue } from '../../../stack/queue.ts'

const nowMs = 1_700_000_000_000
const most = 500

/** Two looks a second until now. */
const every500Ms = (count: number) => Array.from({ length: count }, (_, i) => ({ atMs: nowMs - 500 * (count - i) }))

/** The same database, with how many rows each statement answers or deletes. */
function counted(db: Database) {
  const sizes: number[] = []
  const build = db.build.withPlugin({
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      sizes.push(result.rows.length, Number(result.numAffectedRows ?? 0))
      return result
    },
  })
  return { sizes, db: { ...db, build } }
}

describe('the looks of a rollout that nobody has cleaned for long', function () {
  this.timeout(60_000)

  for (const [hours, count] of [
    ['none', 0],
    ['a batch', 499],
    ['an hour', 7_200],
    // So many that old ones are 20 s apart.
    ['four hours', 28_800],
  ] as const)
    it(`are thinned in bounded statements to what one pass would keep (${hours})`, async () => {
      await using queue = await openQueue()
      const { workflowId } = await queue.accept(1)
      const looks = every500Ms(count)
      await queue.db.query(`insert into look (workflow_id, at_ms, row) select $1, unnest($2::bigint[]), '{}'`, [
        workflowId,
        looks.map(({ atMs }) => atMs),
      ])
      const { sizes, db } = counted(queue.db)
      const thinned = lookThinner(db, workflowId, nowMs, most)
      let read = 0
      for (let page = most; page === most; read += page) page = await thinned()
      expect(Math.max(...sizes), 'rows of a statement').to.be.at.most(most)
      const kept = await queue.db.query<{ at_ms: string }>('select at_ms from look order by at_ms')
      expect(kept.map(({ at_ms }) => ({ atMs: Number(at_ms) }))).to.deep.equal(thin(looks, nowMs))
      expect(read, 'each is read once').to.equal(count)
    })
})
