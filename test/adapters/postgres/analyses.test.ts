import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createAnalyses } from '../../../adapters/postgres/analyses.ts'
import { createLedger } from '../../../adapters/postgres/ledger.ts'
import { input, openQueue } from '../../stack/queue.ts'

describe('the analysis of a rollout', function () {
  this.timeout(60_000)

  it('cannot be taken by an act that was left behind and begins late', async () => {
    await using queue = await openQueue()
    const { workflowId } = await queue.accept(1)
    const run = { workflowId, runId: 'run-1' }
    const ledger = createLedger(queue.db, async () => 'run-1')
    const analyses = createAnalyses(queue.db)
    const codeOf = (error: { code?: string }) => error.code
    await ledger.take(run, input(1), 2)
    const [left, present] = [await ledger.hold(run, 4), await ledger.hold(run, 5)]
    // Both acts are under way: the older one has written its note already, and asks for its epoch last.
    await ledger.record(left, input(4), null)
    await ledger.record(present, input(5), null)
    const { epoch } = await analyses.begin(present)
    expect(await analyses.begin(left).catch(codeOf)).to.equal('stale-turn')
    expect(await analyses.keep(workflowId, epoch, {}, {}, [])).to.equal(null)
    const again = await analyses.begin(present)
    expect([again.epoch, again.state], 'the next attempt of the same act').to.deep.equal([epoch + 1, {}])
    expect(await analyses.keep(workflowId, epoch, {}, {}, []).catch(codeOf)).to.equal('stale-epoch')
  })
})
