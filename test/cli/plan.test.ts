import { expect } from 'chai'
import { describe, it } from 'mocha'
import { run, startApi } from './recorded-api.ts'

const bake = { minMs: 120_000, maxMs: 1_800_000 }
const step = (weight: number, passMs: number | null) => ({
  weight,
  gate: weight === 50 ? 'manual' : null,
  bake,
  expected: { requestsPerSecond: 20, passMs },
})
const plan = {
  service: 'shop',
  version: '1.2.0',
  artifact: 'sha256:a1',
  planDigest: 'sha256:d1',
  revert: { meaning: 'when its turn comes, traffic returns to the stable version' },
  environments: [
    {
      name: 'production',
      strategy: 'canary',
      stable: { version: '1.1.0' },
      baseline: { version: '1.1.0' },
      canary: { version: '1.2.0' },
      summary: 'canary: 2 steps beside 1.1.0, promotion, then the watch',
      waitsBehind: [{ kind: 'release', id: 'shop-2' }],
      steps: [step(10, null), step(50, 300_000)],
      watchMs: 900_000,
      scaleDownDelayMs: 30_000,
      notes: ['alpha is not held, because of clusters larger than analysis.maxDispersion'],
      alphaShares: { total: 0.01, comparison: 0.008, guardrail: 0.0015, sampleRatio: 0.0005 },
    },
  ],
}

describe('the plan of a release in a terminal', () => {
  it('shows when each step is expected to pass or to be inconclusive, how alpha is spent, the revert and the digest', async () => {
    await using api = await startApi({ 'POST /v1/services/shop/releases': plan })
    const { exit, out } = await run(['plan', 'shop', '--version', '1.2.0', '--artifact', `sha256:${'0'.repeat(64)}`], {
      env: { HOLDFAST_URL: api.url },
    })
    expect(exit, out).to.equal(0)
    expect(api.seen[0]?.url).to.include('dryRun=true')
    const lineOf = (text: string) => out.split('\n').find((line) => line.includes(text)) ?? ''
    expect(lineOf(' 10 %')).to.include('will end inconclusive')
    expect(lineOf(' 50 %')).to.include('then a person promotes').and.include('passes in about 5m')
    // The printed time includes the delay, so that a watch of 5 s which takes 35 s is no surprise.
    expect(lineOf('100 %')).to.include('watched for 15m 30s (watch 15m and scaleDownDelay 30s), and can still be reverted')
    expect(lineOf('alpha is not held')).to.include('analysis.maxDispersion')
    expect(lineOf('healthy releases')).to.match(
      /at most 1.* % of healthy releases are reverted by mistake \(comparison 0\.8.* %, guardrail 0\.15 %, split 0\.05 %\)/,
    )
    expect(out).to.include('waits behind shop-2').and.include(plan.revert.meaning).and.include('sha256:d1')
  })
})
