import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createRolloutLedger } from '../../../../adapters/postgres/rollouts/rollout-ledger.ts'
import { closeLost, handOver } from '../../../../adapters/postgres/queue/queue-sweep.ts'
import { rolloutKinds } from '../../../../adapters/postgres/rollouts/rollout-kinds.ts'
import { closeRelease } from '../../../../adapters/postgres/rollouts/lost-releases.ts'
import { input, openQueue } from '../../../stack/queue.ts'

describe('a rollout whose workflow is gone', function () {
  this.timeout(60_000)

  it('hands its turn to a rollback that reverts its traffic, and the environment is never free in between', async () => {
    await using queue = await openQueue()
    const [lost, next] = [await queue.accept(1), await queue.accept(2)]
    const ledger = createRolloutLedger(queue.db, async () => 'run-1')
    await ledger.take({ workflowId: lost.workflowId, runId: 'run-1' }, input(1), 2)
    const home = await handOver(queue.db, rolloutKinds, lost.workflowId)
    expect(home).to.include({ kind: 'rollback', workflowId: 'rollback/shop/production/1', state: 'open' })
    expect((await ledger.turn(home?.workflowId ?? ''))?.plan).to.include({ release: lost.release, recoversLost: true })
    expect(await queue.db.query(`select workflow_id from turn where state = 'open'`)).to.deep.equal([
      { workflow_id: home?.workflowId },
    ])
    expect(await handOver(queue.db, rolloutKinds, lost.workflowId), 'a second hand-over').to.equal(undefined)
    const granted = await ledger.end(home?.workflowId ?? '', { outcome: 'rolled-back', reason: null, input: input(5) })
    expect(granted?.workflowId).to.equal(next.workflowId)
    expect(await queue.db.query(`select outcome from release where id = 'shop-1'`)).to.deep.equal([{ outcome: 'rolled-back' }])
  })

  it('is only closed when it had no effect yet', async () => {
    await using queue = await openQueue()
    const [untouched, next] = [await queue.accept(1), await queue.accept(2)]
    expect((await closeLost(queue.db, rolloutKinds, untouched.workflowId))?.workflowId).to.equal(next.workflowId)
    expect(await queue.db.query(`select outcome from release where id = 'shop-1'`)).to.deep.equal([{ outcome: 'aborted' }])
  })

  it('is neither closed while it holds traffic nor handed over while it waits', async () => {
    await using queue = await openQueue()
    const [holder, waiting] = [await queue.accept(1), await queue.accept(2)]
    await createRolloutLedger(queue.db, async () => 'run-1').take({ workflowId: holder.workflowId, runId: 'run-1' }, input(1), 2)
    const states = () => queue.db.query('select workflow_id, state from turn order by id')
    const before = await states()
    expect([
      await closeLost(queue.db, rolloutKinds, holder.workflowId),
      await handOver(queue.db, rolloutKinds, waiting.workflowId),
    ]).to.deep.equal([undefined, undefined])
    expect(await states()).to.deep.equal(before)
  })
})

describe('a release whose workflow is gone', () => {
  it('is closed once, and only when it has no turn left', async () => {
    await using queue = await openQueue()
    await queue.accept(1)
    const outcome = async () => (await queue.db.query(`select outcome from release where id = 'shop-1'`))[0]
    await closeRelease(queue.db, 'shop-1')
    expect(await outcome()).to.deep.equal({ outcome: null })
    await queue.db.query(`with gone as (delete from rollout) delete from turn where subject = 'shop-1'`)
    for (let round = 0; round < 2; round += 1) await closeRelease(queue.db, 'shop-1')
    expect(await outcome()).to.deep.equal({ outcome: 'aborted' })
    expect(await queue.db.query(`select key from event where subject = 'shop-1'`)).to.deep.equal([
      { key: 'release/shop-1#ended' },
    ])
  })
})
