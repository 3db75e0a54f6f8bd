import { expect } from 'chai'
import { describe, it } from 'mocha'
import { localTarget } from '../../../adapters/target/local.ts'
import { replicasAt } from '../../../api/views/replicas.ts'
import { fencingToken, ref, runReady, standFor } from '../../adapters/stand.ts'
import { until } from '../../stack/until.ts'

describe('the replicas of an environment', function () {
  this.timeout(60_000)

  it('are shown with how often one ended by itself, how the last one ended, and when', async () => {
    await using stand = await standFor('local')
    const target = localTarget.create(stand.settings, stand.config.target)
    await target.run(ref, await stand.spec('1.1.0', { DEMO_MODE: 'crash', DEMO_AFTER_MS: '500' }), 1, fencingToken(1, 1))
    await runReady(target, await stand.spec('1.0.0'), 1, fencingToken(1, 1))
    const shown = () => replicasAt({ target: () => target }, { kind: 'local', config: stand.config.target }, ref)
    const [bad, good] = await until('two exits', async () => {
      const seen = await shown()
      return (seen?.[0]?.exits ?? 0) >= 2 && seen
    })
    expect(bad).to.deep.include({ revision: 'r-1.1.0', version: '1.1.0', wanted: 1 })
    expect(bad?.lastExit?.how).to.equal('exit code 1')
    expect(Date.parse(bad?.lastExit?.at ?? '')).to.be.closeTo(Date.now(), 30_000)
    expect(good).to.deep.include({ version: '1.0.0', ready: 1, exits: 0, lastExit: null })
  })
})
