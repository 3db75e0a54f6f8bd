import { expect } from 'chai'
import { describe, it } from 'mocha'
import { phases } from '../../../domain/rollout/phase.ts'
import { reasonCodes } from '../../../domain/rollout/reason.ts'
import { becomesStable, stableAfter } from '../../../domain/rollout/stable-after.ts'

describe('what is stable after a rollout', () => {
  const rows = [
    ['removing-old', null, 'promoted'],
    ['removing-old', 'watch-cut-short', 'promoted'],
    ['reverting', 'fail', 'unchanged'],
    ['ended', 'nothing-to-do', 'unchanged'],
    ['ended', 'aborted', 'unchanged'],
    ['ended', 'accepted-as-is', 'majority'],
    ['needs-operator', 'accepted-as-is', 'majority'],
  ] as const
  for (const [phase, code, after] of rows)
    it(`is ${after} in ${phase} because of ${code ?? 'nothing'}`, () => {
      expect(stableAfter({ phase, reason: code && { code, detail: '' } })).to.equal(after)
    })

  it('changes in no phase but after the watch, and by no reason but that a person accepted it', () => {
    for (const phase of phases)
      for (const code of reasonCodes) {
        const expected = code === 'accepted-as-is' ? 'majority' : phase === 'removing-old' ? 'promoted' : 'unchanged'
        expect(stableAfter({ phase, reason: { code, detail: '' } }), `${phase} ${code}`).to.equal(expected)
      }
  })

  const weights = [0, 49, 50, 51, 100]
  const becomes = [
    ['unchanged', [false, false, false, false, false]],
    ['promoted', [true, true, true, true, true]],
    ['majority', [false, false, true, true, true]],
  ] as const
  for (const [after, answers] of becomes)
    it(`is the new version at weights ${weights.join(', ')}, where it is ${after}: ${answers.join(', ')}`, () => {
      expect(weights.map((weight) => becomesStable(after, weight))).to.deep.equal(answers)
    })
})
