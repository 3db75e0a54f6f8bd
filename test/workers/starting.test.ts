import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createAccepting } from '../../adapters/postgres/releases/accepting.ts'
import { demoArtifact } from '../stack/demo-artifact.ts'
import { quickService, startRig } from '../stack/rig.ts'
import { until } from '../stack/until.ts'

const ann = { kind: 'person', id: 'ann' } as const
const answer = () => ({ status: 202, location: '', body: {} })

describe('accepted work whose start was never sent', function () {
  this.timeout(120_000)

  it('is started by the sweeper once it is overdue, a release and a rollback alike', async () => {
    await using rig = await startRig()
    const ref = { service: 'unsent', environment: 'production' }
    const unsent = quickService('unsent', { kind: 'blue-green', gate: null, progressDeadlineMs: 15_000, scaleDownDelayMs: 0 })
    await rig.declare(unsent)
    const accepting = createAccepting(rig.db)
    const accept = async (version: string) => {
      const { digest: artifact } = await rig.runtime.client.importArtifact(demoArtifact(version))
      const input = { version, artifact, until: null, now: false, note: null, retryOf: null, requestedBy: ann }
      return (await accepting.release(unsent, input, null, answer)).plan.release
    }
    // The state after an API was killed between its commit and the start.
    const first = await accept('1.0.0')
    expect(await rig.outcome(first)).to.equal('succeeded')
    const times = 'select extract(epoch from started_at - created_at) as s from release where id = $1'
    const [{ s = '0' } = {}] = await rig.db.query<{ s?: string }>(times, [first])
    expect(Number(s), 'seconds: an API that is about to start it is left its time').to.be.at.least(10)

    expect(await rig.outcome(await rig.release('unsent', '1.1.0'))).to.equal('succeeded')
    const input = { version: null, reason: null, requestedBy: ann }
    const { plan } = await accepting.rollback(ref, input, null, answer)
    const ended = 'select outcome from rollback where id = $1 and outcome is not null'
    const row = await until('the end of the rollback', async () => (await rig.db.query(ended, [plan.workflowId]))[0], 60_000)
    expect(row).to.deep.equal({ outcome: 'succeeded' })
  })
})
