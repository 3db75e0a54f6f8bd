import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createAccepting } from '../../adapters/postgres/releases/accepting.ts'
import { createStarting } from '../../adapters/temporal/starting.ts'
import { demoArtifact } from '../stack/demo-artifact.ts'
import { quickService, startRig } from '../stack/rig.ts'
import { locationOf } from '../stack/location-of.ts'
import { until } from '../stack/until.ts'

const ann = { kind: 'person', id: 'ann' } as const
const answer = () => ({ status: 202, location: '', body: {} })

describe('accepted work whose start was never sent', function () {
  this.timeout(120_000)

  it('is started by the sweeper once it is overdue, a release and a rollback alike', async () => {
    await using rig = await startRig({ workerEnv: { HOLDFAST_SWEEP_EVERY: '1h' } })
    const ref = { service: 'unsent', environment: 'production' }
    const service = quickService('unsent', { kind: 'blue-green', gate: null, progressDeadlineMs: 15_000, scaleDownDelayMs: 0 })
    await rig.declare(service)
    const accepting = createAccepting(rig.db, locationOf)
    const accept = async (version: string) => {
      const { digest: artifact } = await rig.runtime.client.importArtifact(demoArtifact(version))
      const input = { version, artifact, until: null, now: false, note: null, retryOf: null, requestedBy: ann }
      return (await accepting.release(service, input, null, answer)).plan.release
    }
    const age = (release: string, seconds: number) =>
      rig.db.query('update release set created_at = now() - make_interval(secs => $2) where id = $1', [release, seconds])
    // The state after an API was killed between its commit and the start. An API that is about to start the release is left its time.
    const first = await accept('1.0.0')
    await age(first, 8)
    await createStarting(rig.db, rig.client).startUnstarted()
    expect(await rig.db.query('select 1 from release where started_at is not null')).to.deep.equal([])
    await rig.workers.kill('act')
    await rig.workers.start('act', { HOLDFAST_SWEEP_EVERY: '100ms' })
    await age(first, 10)
    expect(await rig.outcome(first)).to.equal('succeeded')

    expect(await rig.outcome(await rig.release('unsent', '1.1.0'))).to.equal('succeeded')
    const input = { version: null, reason: null, requestedBy: ann }
    const { plan } = await accepting.rollback(ref, input, null, answer)
    const ended = 'select outcome from rollback where id = $1 and outcome is not null'
    const row = await until('the end of the rollback', async () => (await rig.db.query(ended, [plan.workflowId]))[0], 60_000)
    expect(row).to.deep.equal({ outcome: 'succeeded' })
  })
})
