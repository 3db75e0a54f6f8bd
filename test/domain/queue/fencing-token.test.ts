import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isLate, stepKey } from '../../../domain/queue/fencing-token.ts'

describe('a fencing token', () => {
  const rows: readonly (readonly [what: string, turn: number, step: number, late: boolean])[] = [
    ['an equal one is a repeat', 5, 5, false],
    ['a later step of the same turn', 5, 6, false],
    ['an earlier step of the same turn', 5, 4, true],
    ['a later turn, whatever its step', 6, 1, false],
    ['an earlier turn, whatever its step', 4, 9, true],
  ]
  for (const [what, turn, step, late] of rows)
    it(`${late ? 'refuses' : 'lets through'} ${what}`, () => {
      expect(isLate({ turn: 5, step: 5 }, { turn, step })).to.equal(late)
    })

  it('names each step of a workflow once, by the workflow, its turn and its step', () => {
    expect(stepKey({ workflowId: 'rollout/shop/production/shop-2', turn: 3, step: 12 })).to.equal(
      'rollout/shop/production/shop-2#3.12',
    )
  })
})
