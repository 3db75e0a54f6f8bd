import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createAnalyses } from '../../../../adapters/postgres/analysis/analyses.ts'
import { createEventReads } from '../../../../adapters/postgres/events/event-reads.ts'
import { createReleaseQueries } from '../../../../adapters/postgres/releases/release-queries.ts'
import { withVerdict } from '../../../../domain/analysis/snapshot.ts'
import type { LookRow } from '../../../../domain/analysis/look-row.ts'
import { StoredEvent } from '../../../../schema/events.ts'
import { ofKind } from '../../../stack/events.ts'
import { createRolloutLedger } from '../../../../adapters/postgres/rollouts/rollout-ledger.ts'
import { saidInLife } from '../../../domain/analysis/every-verdict.ts'
import { outcomeOf } from '../../stand.ts'
import type { Queue } from '../../../stack/queue.ts'
import { input, openQueue } from '../../../stack/queue.ts'

const { kept, status, verdict, rows } = saidInLife('fail')
const row = rows[0] as LookRow
/** The value after a round trip through JSON. */
const asStored = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** A rollout that has its turn. */
async function startedRun({ db, accept }: Queue) {
  const { workflowId } = await accept(1)
  const run = { workflowId, runId: 'run-1' }
  const ledger = createRolloutLedger(db, async () => 'run-1')
  await ledger.take(run, input(1), 2)
  return { run, ledger, analyses: createAnalyses(db) }
}

describe('the analysis of a rollout', function () {
  this.timeout(60_000)

  it('cannot be taken by an older step that begins late', async () => {
    await using queue = await openQueue()
    const { run, ledger, analyses } = await startedRun(queue)
    const { workflowId } = run
    const [left, present] = [await ledger.verifyLease(run, 4), await ledger.verifyLease(run, 5)]
    // Both steps are in progress. The older one has already written its step, and asks for its epoch last.
    await ledger.record(left, { input: input(4), event: null })
    await ledger.record(present, { input: input(5), event: null })
    const { epoch } = await analyses.begin(present)
    expect(await outcomeOf(analyses.begin(left))).to.equal('stale-token')
    expect(await analyses.keep(workflowId, epoch, kept, status, [])).to.equal(null)
    const again = await analyses.begin(present)
    expect([again.epoch, again.state], 'the next attempt of the same step').to.deep.equal([epoch + 1, asStored(kept)])
    expect(await outcomeOf(analyses.keep(workflowId, epoch, kept, status, []))).to.equal('stale-epoch')
  })
})

describe('an analysis that another attempt has taken over', function () {
  this.timeout(60_000)

  it('continues in the new attempt from the stored state, and the old attempt can store nothing more', async () => {
    await using queue = await openQueue()
    const { run, ledger, analyses } = await startedRun(queue)
    const { workflowId } = run
    const lease = await ledger.verifyLease(run, 2)
    const first = await analyses.begin(lease)
    await analyses.keep(workflowId, first.epoch, kept, status, [{ atMs: 1, row }])
    const second = await analyses.begin(lease)
    expect([first.state, second.state]).to.deep.equal([null, asStored(kept)])
    expect(
      await outcomeOf(analyses.keep(workflowId, first.epoch, withVerdict(kept, 'over'), status, [{ atMs: 2, row }])),
    ).to.equal('stale-epoch')
    expect(await outcomeOf(analyses.conclude(lease, input(2), first.epoch, saidInLife('pass').verdict))).to.equal('stale-epoch')
    const { items } = await createReleaseQueries(queue.db).looks({ kind: 'release', id: 'shop-1' }, 0, { limit: 10 })
    expect(items).to.deep.equal([{ ref: 'shop/production', atMs: 1, row: asStored(row) }])
    for (let round = 0; round < 2; round += 1) await analyses.conclude(lease, input(2), second.epoch, verdict)
    const verdicts = ofKind(
      await createEventReads(queue.db, (json) => StoredEvent.parse(json)).after({ kind: 'release', id: 'shop-1' }, 0, 100),
      'verdict',
    )
    expect(verdicts.map(({ data }) => data.verdict)).to.deep.equal(['fail'])
    expect((await analyses.begin(lease)).state).to.deep.equal(asStored(kept))
  })
})
