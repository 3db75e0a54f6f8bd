import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { startCanary, startStable } from '../chaos/canary.ts'
import type { Rig } from '../stack/rig.ts'
import { startRig } from '../stack/rig.ts'

describe('an activity of the analysis workers', function () {
  this.timeout(120_000)
  let rig: Rig
  before(async () => {
    rig = await startRig()
  })
  after(() => rig[Symbol.asyncDispose]())

  const scheduled = async (workflowId: string, activity: string): Promise<number> => {
    const { events } = await rig.client.workflow.getHandle(workflowId).fetchHistory()
    return (events ?? []).filter((e) => e.activityTaskScheduledEventAttributes?.activityType?.name === activity).length
  }

  it('gives a smoke test its declared time, even if that is longer than a heartbeat interval', async () => {
    await startStable(rig, 'long-smoke', 1_000, { smoke: [{ command: ['sleep', '4'], withinMs: 10_000 }] })
    const kinds = (await rig.events('long-smoke-1')).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'smoke-passed')).to.have.lengthOf(1)
  })

  it('continues without a verdict when an abandoned attempt took its epoch', async () => {
    await using canary = await startCanary(rig, 'stolen-epoch', { bakeMs: 4_000 })
    await rig.db.query('update analysis set epoch = epoch + 1 where workflow_id = $1', [canary.rolloutId])
    expect(await rig.outcome(canary.release)).to.equal('succeeded')
  })

  it('is continued as the same step by the next worker when a worker shuts down', async () => {
    await using canary = await startCanary(rig, 'replaced', { bakeMs: 6_000 })
    process.kill(rig.workers.pid('analysis') ?? 0, 'SIGTERM')
    await rig.workers.exited('analysis')
    await rig.workers.start('analysis')
    expect(await rig.outcome(canary.release)).to.equal('succeeded')
    expect(await scheduled(canary.rolloutId, 'analyse'), 'analyses: a bake and a watch').to.equal(2)
  })
})
