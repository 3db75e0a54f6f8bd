import { expect } from 'chai'
import { describe, it } from 'mocha'
import { wantedOf } from '../../../domain/analysis/wanted.ts'
import type { MetricSettings } from '../../../domain/plan/service.ts'
import { plan } from './scene.ts'

const ref = { service: 'shop', environment: 'production' }
const orders: MetricSettings = { kind: 'query', name: 'orders', bad: 'bad', total: 'total', share: 0, dryRun: true }
const metrics: readonly MetricSettings[] = [
  { kind: 'errors', share: 0.5, dryRun: false },
  { kind: 'status', match: '4xx', share: 0.2, dryRun: false },
  { kind: 'status', match: '429', share: 0.2, dryRun: true },
  { kind: 'latency', edgesMs: [100, 500], share: 0.3, dryRun: false },
  { kind: 'latency', edgesMs: [1_000], share: 0.3, dryRun: true },
  orders,
]

describe('what an analysis asks its metrics provider for', () => {
  const wanted = () => wantedOf(ref, [{ revision: 'new', version: '1.1.0' }, null], { metrics }, plan.objective)

  it('is every declared metric, dry runs too, of the revisions that there are', () => {
    expect(wanted()).to.deep.include({
      ref,
      versions: { new: '1.1.0' },
      edgesMs: [100, 500, 1_000],
      queries: [orders],
    })
  })

  it('needs only what metrics with a say rest on', () => {
    expect(wanted().needed).to.deep.equal({ matches: ['4xx'], edgesMs: [100, 500] })
  })
})
