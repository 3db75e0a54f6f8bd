import { expect } from 'chai'
import { describe, it } from 'mocha'
import { earlierGood } from '../../../../adapters/postgres/releases/earlier-good.ts'
import { readEnvironment } from '../../../../adapters/postgres/rollouts/environment.ts'
import type { Queue } from '../../../stack/queue.ts'
import { openQueue, revisionOf } from '../../../stack/queue.ts'

/** More than two pages of rollouts, each of its own version. */
const count = 450

/** Rollouts of releases 1 to `count` that succeeded, in an order that is not that of their numbers. */
async function afterMany(queue: Queue): Promise<void> {
  const plan = await queue.accept(1)
  await queue.db.query(
    `insert into turn (workflow_id, resource, kind, subject_kind, subject, rank, ordinal)
     select 'w-' || n, resource, kind, subject_kind, subject, rank, n
     from turn, generate_series(2, $1::integer) as n order by n % 7, n`,
    [count],
  )
  await queue.db.query(
    `insert into rollout (workflow_id, ref, plan)
     select turn.workflow_id, ref, jsonb_set(jsonb_set(jsonb_set(plan, '{releaseNumber}', to_jsonb(turn.ordinal)),
       '{canary,version}', to_jsonb('1.' || turn.ordinal || '.0')), '{canary,revision}', to_jsonb('r-1.' || turn.ordinal || '.0'))
     from turn, rollout where turn.workflow_id <> rollout.workflow_id and rollout.workflow_id = $1`,
    [plan.workflowId],
  )
  await queue.db.query(`update turn set state = 'over', over_at = now()`)
  await queue.db.query(`update rollout set phase = 'ended', outcome = 'succeeded'`)
}

const stableIs = (queue: Queue, number: number) =>
  queue.db.query(`update environment set stable = $1, stable_number = $2, stable_release = $3`, [
    JSON.stringify(revisionOf(`1.${number}.0`)),
    number,
    `shop-${number}`,
  ])

describe('the plan that a rollback brings back', function () {
  this.timeout(60_000)

  it('is found among the newest rollouts and far behind them, and only where there is one', async () => {
    await using queue = await openQueue()
    await afterMany(queue)
    const target = (version: string | null) =>
      queue.db
        .transaction(async (tx) => earlierGood(tx, await readEnvironment(tx, queue.ref), version, () => true))
        .then(
          ({ releaseNumber, canary }) => [releaseNumber, canary.version],
          (error: Error) => error.message,
        )
    const rows = [
      [count, null, [count - 1, `1.${count - 1}.0`]],
      [count, '1.1.0', [1, '1.1.0']],
      [count, `1.${count}.0`, [count, `1.${count}.0`]],
      // The last row of a page, and the first one of the next.
      [count, `1.${count - 199}.0`, [count - 199, `1.${count - 199}.0`]],
      [count, `1.${count - 200}.0`, [count - 200, `1.${count - 200}.0`]],
      [count, '9.9.9', '9.9.9 was never good in shop/production'],
      [2, null, [1, '1.1.0']],
      [2, `1.${count}.0`, [count, `1.${count}.0`]],
      [1, null, 'shop/production has no earlier good version'],
    ] as const
    for (const [stable, version, expected] of rows) {
      await stableIs(queue, stable)
      expect(await target(version), `${version} while ${stable} is stable`).to.deep.equal(expected)
    }
  })

  it('is the newest that is where the environment is, however many were somewhere else since', async () => {
    await using queue = await openQueue()
    await afterMany(queue)
    await stableIs(queue, count)
    const target = (version: string | null, isHere: (number: number) => boolean) =>
      queue.db
        .transaction(async (tx) =>
          earlierGood(tx, await readEnvironment(tx, queue.ref), version, (one) => isHere(Number(one.version.split('.')[1]))),
        )
        .then(
          ({ releaseNumber }) => releaseNumber,
          (error: Error & { code?: string }) => [error.code, error.message],
        )
    const elsewhere = 'shop/production has an earlier good version only where it was before, not where it is'
    expect(await target(null, (number) => number <= 7)).to.equal(7)
    expect(await target(null, (number) => number === count)).to.deep.equal(['no-earlier-version', elsewhere])
    expect(await target('1.9.0', (number) => number !== 9)).to.deep.equal(['no-earlier-version', elsewhere])
  })

  it('is none that was reverted, is in flight or was stable elsewhere, and the refusal names what is in flight', async () => {
    await using queue = await openQueue()
    const plan = await queue.accept(1)
    await stableIs(queue, 2)
    const refused = async () =>
      queue.db
        .transaction(async (tx) => earlierGood(tx, await readEnvironment(tx, queue.ref), null, () => true))
        .then(
          ({ release }) => release,
          (error: { code?: string; more?: object }) => [error.code, error.more],
        )
    const inFlight = { inFlight: { kind: 'release', id: 'shop-1', phase: 'queued' } }
    expect(await refused()).to.deep.equal(['no-earlier-version', inFlight])
    await queue.db.query(`update turn set state = 'over'`)
    await queue.db.query(`update rollout set outcome = 'rolled-back'`)
    expect(await refused()).to.deep.equal(['no-earlier-version', {}])
    await queue.db.query(`update rollout set outcome = 'succeeded', ref = 'shop/staging'`)
    expect(await refused()).to.deep.equal(['no-earlier-version', {}])
    await queue.db.query(`update rollout set ref = 'shop/production'`)
    expect(await refused()).to.equal(plan.release)
  })
})
