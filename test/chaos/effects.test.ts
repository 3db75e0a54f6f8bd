import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { EffectRow } from '../../adapters/local-runtime/protocol.ts'
import { effectFaults } from './effects.ts'

const row = (kind: EffectRow['kind'], token: number, step: number, restart?: number): EffectRow => {
  const row = { at: '', ref: 'shop/production', kind, workflowId: `w${token}`, token, step }
  return restart === undefined ? row : { ...row, restart }
}

describe('the log of effects', () => {
  it('has no fault when each effect is there once and none comes after a newer one', () => {
    const rows = [row('started', 1, 1), row('weights', 1, 2), row('started', 2, 1), row('weights', 2, 2), row('weights', 2, 4)]
    expect(effectFaults(rows)).to.deep.equal({ twice: [], late: [] })
  })

  it('shows weights that were set twice', () => {
    expect(effectFaults([row('weights', 1, 2), row('weights', 1, 2)]).twice).to.deep.equal(['w1#1.2'])
  })

  it('shows effects after a newer step or turn, but no replica that restarted by itself', () => {
    const rows = [row('weights', 2, 4), row('weights', 2, 3), row('started', 1, 9, 0), row('started', 1, 9, 1)]
    expect(effectFaults(rows).late).to.deep.equal(['w2#2.3', 'w1#1.9'])
  })
})
