import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { RolloutTurn } from '../../../adapters/postgres/rollouts/rollout-turns.ts'
import { expectedBaseline } from '../../../api/views/baseline.ts'
import { planOf, stable } from '../../domain/rollout/rollout-machine.ts'

/** A turn of a rollout of `version`. */
const turn = (version: string, changes: Partial<RolloutTurn> = {}): RolloutTurn => ({
  subject: `shop-${version}`,
  plan: planOf({ canary: { ...stable, version, revision: `r-${version}` } }),
  ref: 'shop/production',
  kind: 'rollout',
  workflowId: `rollout/shop/production/shop-${version}`,
  resource: 'environment:shop/production',
  subjectKind: 'release',
  rank: 1,
  ordinal: 2,
  state: 'open',
  phase: 'watching',
  pending: null,
  token: 1,
  step: 3,
  runId: 'run',
  outcome: null,
  stable: null,
  weight: 100,
  ...changes,
})

const expected = (onBusy: 'wait' | 'supersede', from: typeof stable | null, queue: readonly RolloutTurn[]) => {
  const baseline = expectedBaseline({ onBusy, now: false }, from, queue)
  return baseline && [baseline.revision.version, baseline.ifStays?.id ?? null, baseline.isServing]
}

describe('the baseline that a plan can count on', () => {
  it('is the stable version when nothing is in flight, and none for a first release', () => {
    expect(expected('wait', stable, [])).to.deep.equal(['1.0.0', null, true])
    expect(expected('wait', null, [])).to.equal(null)
  })

  it('is the version of the last turn before it, if that one can succeed', () => {
    const waiting = turn('1.2.0', { state: 'waiting', phase: 'queued', weight: 0 })
    expect(expected('wait', null, [turn('1.1.0')])).to.deep.equal(['1.1.0', 'shop-1.1.0', true])
    expect(expected('wait', stable, [turn('1.1.0'), waiting])).to.deep.equal(['1.2.0', 'shop-1.2.0', false])
  })

  it('is not a version that is being reverted or will be', () => {
    expect(expected('wait', stable, [turn('1.1.0', { phase: 'reverting' })])).to.deep.equal(['1.0.0', null, true])
    expect(expected('wait', stable, [turn('1.1.0', { pending: 'abort' })])).to.deep.equal(['1.0.0', null, true])
    expect(expected('supersede', stable, [turn('1.1.0')])).to.deep.equal(['1.0.0', null, true])
    expect(expected('supersede', stable, [turn('0.9.0', { kind: 'rollback' })])?.[0]).to.equal('0.9.0')
  })
})
