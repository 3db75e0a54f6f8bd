/** A release and a rollback with the same id: ids are unique within a kind only, so a query for one must not return the other. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createEventReads } from '../../../../adapters/postgres/events/event-reads.ts'
import { appendEvents, insertSubject } from '../../../../adapters/postgres/events/events.ts'
import { createReleaseQueries } from '../../../../adapters/postgres/releases/release-queries.ts'
import { closeRelease, withoutTurns } from '../../../../adapters/postgres/rollouts/lost-releases.ts'
import { enqueueRollout } from '../../../../adapters/postgres/rollouts/rollout-turns.ts'
import { rollbackWorkflowId } from '../../../../domain/identity.ts'
import { StoredEvent } from '../../../../schema/events.ts'
import { anEvent } from '../../../stack/events.ts'
import type { Queue } from '../../../stack/queue.ts'
import { openQueue } from '../../../stack/queue.ts'

const id = 'shop-1'

/** Release 1, and a rollback whose id is the release's. */
async function twoKinds({ db, accept }: Queue) {
  const plan = await accept(1)
  const back = { ...plan, kind: 'rollback', workflowId: rollbackWorkflowId(plan.ref, 1) } as const
  await insertSubject(db, { kind: 'rollback', id })
  await db.query(
    `insert into rollback (id, service, environment, release_id, plan, requested_by) values ($1, 'shop', 'production', $1, $2, '{}')`,
    [id, JSON.stringify(back)],
  )
  await enqueueRollout(db, back, id)
  return { release: plan.workflowId, rollback: back.workflowId }
}

describe('a release and a rollback of the same id', function () {
  this.timeout(60_000)

  it('each have their own verdicts, looks, turn and events', async () => {
    await using queue = await openQueue()
    const { db } = queue
    const workflows = await twoKinds(queue)
    for (const [kind, workflowId] of Object.entries(workflows)) {
      await db.query(`insert into verdict (key, workflow_id, move, kind, evidence) values ($1, $2, 0, 'pass', '{}')`, [
        `${workflowId}#1.1`,
        workflowId,
      ])
      await db.query(`insert into look (workflow_id, at_ms, row) values ($1, $2, '{}')`, [workflowId, kind === 'release' ? 1 : 2])
      await db.transaction((tx) => appendEvents(tx, { kind, id }, [anEvent(kind)]))
    }
    const queries = createReleaseQueries(db)
    const events = createEventReads(db, (json) => StoredEvent.parse(json))
    for (const kind of ['release', 'rollback'] as const) {
      const subject = { kind, id }
      expect((await queries.verdicts(subject)).items.map(({ key }) => key)).to.deep.equal([`${workflows[kind]}#1.1`])
      expect((await queries.looks(subject, 0, { limit: 10 })).items.map(({ atMs }) => atMs)).to.deep.equal([
        kind === 'release' ? 1 : 2,
      ])
      expect((await queries[kind](id))?.turn?.workflowId).to.equal(workflows[kind])
      expect((await events.after(subject, 0, 10)).map((event) => [event.subjectKind, event.subject, event.seq])).to.deep.equal([
        [kind, id, 1],
      ])
    }
    expect(await queries.kindsOf(id)).to.deep.equal(['release', 'rollback'])
  })

  it('do not prevent each other from being found lost and closed', async () => {
    await using queue = await openQueue()
    const { db } = queue
    const { release, rollback } = await twoKinds(queue)
    await db.query(`update release set started_at = now() - interval '1 minute'`)
    await db.query(`update rollback set ended_at = now()`)
    expect(await withoutTurns(db), 'its own turn waits').to.deep.equal([])
    await closeRelease(db, id)
    expect((await createReleaseQueries(db).release(id))?.outcome).to.equal(null)
    // The rollback's turn still waits, and does not belong to the release.
    await db.query(`update turn set state = 'over', over_at = now() where workflow_id = $1`, [release])
    expect(await db.query(`select state from turn where workflow_id = $1`, [rollback])).to.deep.equal([{ state: 'waiting' }])
    expect((await withoutTurns(db)).map((one) => one.id)).to.deep.equal([id])
    await closeRelease(db, id)
    expect((await createReleaseQueries(db).release(id))?.outcome).to.equal('aborted')
  })
})
