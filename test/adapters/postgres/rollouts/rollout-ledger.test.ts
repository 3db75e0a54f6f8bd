import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createEventReads } from '../../../../adapters/postgres/events/event-reads.ts'
import { StoredEvent } from '../../../../schema/events.ts'
import { createRolloutLedger } from '../../../../adapters/postgres/rollouts/rollout-ledger.ts'
import { askTurn } from '../../../../adapters/postgres/queue/turns.ts'
import { outcomeOf } from '../../stand.ts'
import type { RolloutPlan } from '../../../../domain/plan/plan.ts'
import type { Queue } from '../../../stack/queue.ts'
import { input, openQueue, revisionOf } from '../../../stack/queue.ts'
import { until } from '../../../stack/until.ts'

const run = (workflowId: string, runId = 'run-1') => ({ workflowId, runId })
const ledgerOf = ({ db }: Queue, currentRun = 'run-1') => createRolloutLedger(db, async () => currentRun)

/**
 * Release `number` succeeds in staging and then supersedes the rollout that has the turn in the environment of `there`. Resolves with its
 * rollout there.
 */
async function comeFromStaging(queue: Queue, number: number, there: RolloutPlan): Promise<string> {
  const ledger = ledgerOf(queue)
  await queue.db.query(`insert into environment (service, name) values ('shop', 'staging')`)
  await ledger.take(run(there.workflowId), input(1), 2)
  const ref = { service: 'shop', environment: 'staging' }
  const staging = await queue.accept(number, { ref, workflowId: `rollout/shop/staging/shop-${number}` })
  const next = { ...staging, ref: there.ref, workflowId: `rollout/shop/production/shop-${number}`, onBusy: 'supersede' }
  const plan = JSON.stringify({ rollouts: [staging, next] })
  await queue.db.query('update release set plan = $1 where id = $2', [plan, staging.release])
  await ledger.take(run(staging.workflowId), input(1), 2)
  await ledger.end(staging.workflowId, { outcome: 'succeeded', reason: null, input: input(9), stable: staging.canary })
  return next.workflowId
}

describe('the queue of an environment', function () {
  this.timeout(60_000)

  it('opens one turn at a time, in the order of release numbers and not of arrival', async () => {
    await using queue = await openQueue()
    const [third, second] = [await queue.accept(3), await queue.accept(2)]
    const ledger = ledgerOf(queue)
    expect((await ledger.take(run(third.workflowId), input(1), 2)).kind).to.equal('waiting')
    expect((await ledger.take(run(second.workflowId), input(1), 2)).kind).to.equal('taken')
    const next = await ledger.end(second.workflowId, { outcome: 'rolled-back', reason: null, input: input(9) })
    expect(next?.workflowId).to.equal(third.workflowId)
  })

  it('tells a waiting release that its version was reverted meanwhile, and not a release that was requested afterwards', async () => {
    await using queue = await openQueue()
    const canary = revisionOf('1.1.0')
    const [first, second] = [await queue.accept(1, { canary }), await queue.accept(2, { canary })]
    const ledger = ledgerOf(queue)
    expect(await ledger.take(run(first.workflowId), input(1), 2)).to.include({ kind: 'taken', twin: null })
    await ledger.end(first.workflowId, { outcome: 'aborted', reason: null, input: input(9) })
    const told = await ledger.take(run(second.workflowId), input(1), 2)
    expect(told.kind === 'taken' && told.twin).to.include({ release: 'shop-1', outcome: 'aborted' })
    await ledger.end(second.workflowId, { outcome: 'aborted', reason: null, input: input(9) })
    const again = await queue.accept(3, { canary })
    expect(await ledger.take(run(again.workflowId), input(1), 2)).to.include({ kind: 'taken', twin: null })
  })

  it('never has two open turns, however many requests come at once', async () => {
    await using queue = await openQueue()
    const plans = await Promise.all([1, 2, 3, 4, 5, 6].map((number) => queue.accept(number)))
    const ledger = ledgerOf(queue)
    const taken = await Promise.all(plans.map(({ workflowId }) => ledger.take(run(workflowId), input(1), 2)))
    expect(taken.filter(({ kind }) => kind === 'taken').length).to.be.at.most(1)
    const open = await queue.db.query(`select workflow_id from turn where state = 'open'`)
    expect(open).to.deep.equal([{ workflow_id: plans[0]?.workflowId }])
  })

  it('ends a release as superseded when a newer one became stable', async () => {
    await using queue = await openQueue()
    const newer = await queue.accept(5)
    const ledger = ledgerOf(queue)
    await ledger.take(run(newer.workflowId), input(1), 2)
    await ledger.end(newer.workflowId, { outcome: 'succeeded', reason: null, input: input(9), stable: newer.canary })
    const older = await queue.accept(4)
    expect(await ledger.take(run(older.workflowId), input(1), 2)).to.include({ kind: 'over', outcome: 'superseded' })
  })

  it('asks its holder for room for a release from the previous environment, and for one that starts there', async () => {
    await using queue = await openQueue()
    const older = await queue.accept(1)
    const next = await comeFromStaging(queue, 2, older)
    expect((await ledgerOf(queue).turn(older.workflowId))?.pending).to.equal('supersede')
    expect((await ledgerOf(queue).turn(next))?.state).to.equal('waiting')
  })

  it('makes no room for an older release that arrives later', async () => {
    await using queue = await openQueue()
    const newer = await queue.accept(3)
    await comeFromStaging(queue, 2, newer)
    expect((await ledgerOf(queue).turn(newer.workflowId))?.pending).to.equal(null)
  })

  it('writes a step once, and refuses one that is older than the last one written', async () => {
    await using queue = await openQueue()
    const plan = await queue.accept(1)
    const ledger = ledgerOf(queue)
    await ledger.take(run(plan.workflowId), input(1), 2)
    const lease = await ledger.verifyLease(run(plan.workflowId), 4)
    const step = { ...input(4), phase: 'baking' as const }
    const event = { kind: 'weight-shifted', data: { version: '1.0.0', weight: 10, replicas: 1, to: null } } as const
    for (let round = 0; round < 2; round += 1) await ledger.record(lease, { input: step, event, weight: 10 })
    const events = await createEventReads(queue.db, (json) => StoredEvent.parse(json)).after(
      { kind: 'release', id: 'shop-1' },
      0,
      100,
    )
    expect(events.map(({ seq, kind }) => `${seq} ${kind}`)).to.deep.equal(['1 turn-taken', '2 weight-shifted'])
    const late = await ledger.verifyLease(run(plan.workflowId), 3)
    expect(await outcomeOf(ledger.record(late, { input: input(3), event: null }))).to.equal('stale-token')
  })

  it('lets only the current run take a turn over, with a new token', async () => {
    await using queue = await openQueue()
    const plan = await queue.accept(1)
    await ledgerOf(queue).take(run(plan.workflowId), input(1), 2)
    const before = await ledgerOf(queue).verifyLease(run(plan.workflowId), 2)
    expect(await outcomeOf(ledgerOf(queue, 'run-1').verifyLease(run(plan.workflowId, 'run-0'), 2)), 'of a stranger').to.equal(
      'stale-token',
    )
    const reset = await ledgerOf(queue, 'run-2').verifyLease(run(plan.workflowId, 'run-2'), 2)
    expect(reset.fencingToken.token).to.equal(before.fencingToken.token + 1)
    expect(await outcomeOf(ledgerOf(queue).record(before, { input: input(9), event: null })), 'of the run before it').to.equal(
      'stale-token',
    )
  })

  it('gives a run that takes its turn over one token, however many of its steps come at once', async () => {
    await using queue = await openQueue()
    const plan = await queue.accept(1)
    await ledgerOf(queue).take(run(plan.workflowId), input(1), 2)
    let asked = 0
    const ledger = createRolloutLedger(queue.db, async () => {
      asked += 1
      await until('all to have asked', () => asked === 5)
      return 'run-2'
    })
    const leases = await Promise.all(Array.from({ length: 5 }, () => ledger.verifyLease(run(plan.workflowId, 'run-2'), 2)))
    expect(new Set(leases.map(({ fencingToken }) => fencingToken.token))).to.deep.equal(new Set([2]))
  })

  it('ends a turn once, and accepts no later step or request for it', async () => {
    await using queue = await openQueue()
    const [plan, next] = [await queue.accept(1), await queue.accept(2)]
    const ledger = ledgerOf(queue)
    await ledger.take(run(plan.workflowId), input(1), 2)
    const lease = await ledger.verifyLease(run(plan.workflowId), 4)
    const end = (outcome: 'rolled-back' | 'succeeded') => ledger.end(plan.workflowId, { outcome, reason: null, input: input(9) })
    expect([(await end('rolled-back'))?.workflowId, await end('succeeded')]).to.deep.equal([next.workflowId, undefined])
    expect(await outcomeOf(ledger.record(lease, { input: { ...input(10), phase: 'baking' }, event: null }))).to.equal(
      'stale-token',
    )
    expect(await askTurn(queue.db, plan.workflowId, 'abort')).to.equal(false)
    expect(await ledger.turn(plan.workflowId)).to.include({ phase: 'ended', outcome: 'rolled-back', pending: null })
  })

  it('serves a rollback first, and never weakens the pending request to a holder', async () => {
    await using queue = await openQueue()
    const holder = await queue.accept(1)
    const ledger = ledgerOf(queue)
    await ledger.take(run(holder.workflowId), input(1), 2)
    await queue.accept(2)
    const home = await queue.accept(3, { kind: 'rollback' })
    for (const pending of ['cut-short', 'abort', 'cut-short', 'supersede'] as const)
      await askTurn(queue.db, holder.workflowId, pending)
    expect((await ledger.turn(holder.workflowId))?.pending).to.equal('abort')
    const granted = await ledger.end(holder.workflowId, { outcome: 'aborted', reason: null, input: input(9) })
    expect(granted?.workflowId).to.equal(home.workflowId)
  })
})
