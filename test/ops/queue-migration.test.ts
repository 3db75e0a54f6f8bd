import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createDatabase } from '../../adapters/postgres/database/pool.ts'
import { createRolloutLedger } from '../../adapters/postgres/rollouts/rollout-ledger.ts'
import { migrate } from '../../ops/migrate.ts'
import { planOf } from '../domain/rollout/rollout-machine.ts'
import { emptyDatabase } from '../stack/postgres.ts'
import { input, revisionOf } from '../stack/queue.ts'

const shipped = join(import.meta.dirname, '../../ops/migrations')

describe('the migration to a queue of any kind', function () {
  this.timeout(60_000)

  it('takes along who has its turn, under which token and in which phase, and who waits', async () => {
    const url = await emptyDatabase()
    const before = await mkdtemp(join(tmpdir(), 'holdfast-migrations-'))
    for (const name of await readdir(shipped)) if (name < '0007') await cp(join(shipped, name), join(before, name))
    await migrate(url, before)
    await rm(before, { recursive: true })
    const db = createDatabase({ url, applicationName: 'test' })
    const canary = revisionOf('1.1.0')
    const open = planOf({ workflowId: 'rollout/shop/production/shop-1', releaseNumber: 1, canary })
    const back = planOf({ workflowId: 'rollback/shop/production/1', releaseNumber: 1, kind: 'rollback', canary })
    await db.query(`insert into service (name, declaration, declaration_digest) values ('shop', '{}', '')`)
    await db.query(`insert into environment (service, name, last_turn) values ('shop', 'production', 7)`)
    await db.query(
      `insert into release (id, service, number, version, plan, plan_digest, requested_by) values ('shop-1', 'shop', 1, '1.1.0', '{}', '', '{}')`,
    )
    await db.query(
      `insert into turn (workflow_id, place, kind, subject, release_number, plan, state, phase, number, step, run_id, weight, move)
       values ($1, 'shop/production', 'rollout', 'shop-1', 1, $2, 'open', 'baking', 7, 5, 'run-1', 10, 1)`,
      [open.workflowId, JSON.stringify(open)],
    )
    await db.query(
      `insert into turn (workflow_id, place, kind, subject, release_number, plan) values ($1, 'shop/production', 'rollback', $1, 1, $2)`,
      [back.workflowId, JSON.stringify(back)],
    )
    await db.query('insert into analysis (workflow_id) values ($1)', [open.workflowId])

    await migrate(url)

    const ledger = createRolloutLedger(db, async () => 'run-1')
    const turn = {
      resource: 'environment:shop/production',
      kind: 'rollout',
      subjectKind: 'release',
      rank: 1,
      ordinal: 1,
      step: 5,
    }
    const lease = await ledger.verifyLease({ workflowId: open.workflowId, runId: 'run-1' }, 6)
    expect(lease.turn).to.deep.include({ ...turn, token: 7, state: 'open', phase: 'baking', weight: 10, plan: open })
    expect(await ledger.record(lease, { input: { ...input(6), phase: 'shifting' }, happened: null, weight: 50 })).to.equal(null)
    const late = ledger.record({ ...lease, fence: { ...lease.fence, turn: 6 } }, { input: input(7), happened: null })
    expect(await late.catch((error: Error) => error.message)).to.match(/newer/)
    expect(await ledger.turn(back.workflowId)).to.deep.include({ rank: 0, subjectKind: 'rollback', state: 'waiting', plan: back })
    expect(await db.query('select phase from phase_span')).to.deep.equal([{ phase: 'baking' }])
    expect(await db.query('select id, last_token from resource')).to.deep.equal([
      { id: 'environment:shop/production', last_token: 7 },
    ])
    await db.close()
  })
})
