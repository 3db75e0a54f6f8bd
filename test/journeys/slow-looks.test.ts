import { expect } from 'chai'
import { describe, it } from 'mocha'
import { startService } from '../stack/service.ts'

describe("a canary whose looks are rarer than its worker's heartbeats", function () {
  this.timeout(120_000)

  it('passes and is watched on time, in one attempt', async () => {
    await using shop = await startService('slow-looks', {
      objective: { errors: '20%' },
      environment: {
        analysis: { warmUp: '0s', look: '7s', metrics: [{ kind: 'errors', share: 1 }] },
        traffic: { kind: 'local', timeout: '1s' },
        watch: '12s',
      },
    })
    const release = await shop.release('1.1.0')
    await release.phase('baking')
    const sinceMs = Date.now()
    expect(await release.end(60_000)).to.equal('succeeded')
    expect(Date.now() - sinceMs, 'ms of a bake of 2 s and a watch of 12 s').to.be.below(45_000)
  })
})
