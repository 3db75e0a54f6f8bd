import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isLate, stepKey } from '../../../domain/queue/fencing-token.ts'

describe('a fencing token', () => {
  const rows: readonly (readonly [what: string, token: number, step: number, late: boolean])[] = [
    ['an equal one is a repeat', 5, 5, false],
    ['a later step of the same token', 5, 6, false],
    ['an earlier step of the same token', 5, 4, true],
    ['a later token, whatever its step', 6, 1, false],
    ['an earlier token, whatever its step', 4, 9, true],
  ]
  for (const [what, token, step, late] of rows)
    it(`${late ? 'refuses' : 'lets through'} ${what}`, () => {
      expect(isLate({ token: 5, step: 5 }, { token, step })).to.equal(late)
    })

  it('names each step of a workflow once, by the workflow, its fencing token and its step', () => {
    expect(stepKey({ workflowId: 'rollout/shop/production/shop-2', token: 3, step: 12 })).to.equal(
      'rollout/shop/production/shop-2#3.12',
    )
  })
})
