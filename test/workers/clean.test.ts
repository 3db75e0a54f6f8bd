/** The sweeper deletes expired rows and keeps the others, also beside another sweeper. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { clean } from '../../workers/clean.ts'
import { openQueue } from '../stack/queue.ts'

const never = (error: unknown, what: string): never => {
  throw new Error(what, { cause: error })
}

describe('the cleaning of a sweeper', function () {
  this.timeout(60_000)

  it('deletes expired links, sessions, answers and buckets, and no others', async () => {
    await using queue = await openQueue()
    const { query } = queue.db
    await query(`insert into console_link (code_digest, actor, scopes, expires_at)
      select decode(lpad(to_hex(n), 8, '0'), 'hex'), '{}', '{}', now() + make_interval(secs => case when n > 2500 then 60 else -1 end)
      from generate_series(1, 2600) n`)
    await query(`insert into console_session (token_digest, actor, scopes, expires_at)
      values ('a', '{}', '{}', now() - interval '1 second'), ('b', '{}', '{}', now() + interval '1 minute')`)
    await query(`insert into idempotency (actor, route, key, body_digest, created_at)
      values ('ann', 'r', 'old', '', now() - interval '25 hours'), ('ann', 'r', 'new', '', now() - interval '23 hours')`)
    await query(
      `insert into one_time (name, until) values ('over', now() - interval '1 second'), ('good', now() + interval '1 minute')`,
    )
    await clean(queue.db, never)
    const count = async (from: string) => (await query<{ n: number }>(`select count(*)::int as n from ${from}`))[0]?.n
    expect({
      links: await count('console_link'),
      sessions: await count(`console_session where token_digest = 'b'`),
      allSessions: await count('console_session'),
      keys: (await query<{ key: string }>('select key from idempotency')).map(({ key }) => key),
      once: (await query<{ name: string }>('select name from one_time')).map(({ name }) => name),
    }).to.deep.equal({ links: 100, sessions: 1, allSessions: 1, keys: ['new'], once: ['good'] })
  })

  it('thins the looks of a running rollout for its chart, and does not touch another rollout', async () => {
    await using queue = await openQueue()
    const { query } = queue.db
    const [one, other] = [await queue.accept(1), await queue.accept(2)]
    const nowMs = Date.now()
    for (const { workflowId } of [one, other]) await query(`insert into analysis (workflow_id) values ($1)`, [workflowId])
    // One rollout has two looks a second for an hour; the other has a minute of looks that are as old.
    const looksOf = (workflowId: string, fromMs: number, count: number) =>
      query(
        `insert into look (workflow_id, at_ms, row) select $1, $2::bigint + 500 * n, '{}' from generate_series(1, $3::int) n`,
        [workflowId, fromMs, count],
      )
    await looksOf(one.workflowId, nowMs - 3_600_000, 7_200)
    await looksOf(other.workflowId, nowMs - 60_000, 60)
    await clean(queue.db, never)
    const kept = await query<{ id: string; n: number }>(
      'select workflow_id as id, count(*)::int as n from look group by 1 order by 2 desc',
    )
    expect(kept.map(({ id }) => id)).to.deep.equal([one.workflowId, other.workflowId])
    expect(kept[0]?.n).to.be.within(900 + 270 - 5, 900 + 270 + 5)
    expect(kept[1]?.n).to.be.within(29, 61)
  })
})
