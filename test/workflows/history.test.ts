import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import type { WorkflowRig } from './rig.ts'
import { startWorkflowRig } from './rig.ts'
import { allWell } from './fakes.ts'
import { oneStep, plan } from './scenes.ts'

/** The events that a release workflow adds. `npm run bench -- history` counts both together, and 80 are promised. */
const ofRelease = 14

describe('the history of a rollout', function () {
  this.timeout(60_000)
  let rig: WorkflowRig
  before(async () => {
    rig = await startWorkflowRig()
  })
  after(() => rig[Symbol.asyncDispose]())

  it('of a canary with 10 and 50 %, promotion and watch has 65 events at most', async () => {
    const bake = { minMs: 1_000, maxMs: 60_000 }
    const steps = [10, 50].map((weight) => ({ weight, bake, gate: null }))
    const flight = await rig.rollout(plan({ strategy: { ...oneStep(), kind: 'canary', steps } }), allWell)
    expect((await flight.end()).outcome).to.equal('succeeded')
    const { events } = await flight.handle.fetchHistory()
    expect(events?.length ?? 0).to.be.at.most(80 - ofRelease - 1)
    expect(flight.activities().join(' ')).to.equal('takeTurn prepare shift analyse shift analyse shift analyse removeOld')
  })
})
