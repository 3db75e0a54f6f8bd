import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Phase } from '../../../domain/rollout/phase.ts'
import {
  assertLegal,
  outcomeOfOver,
  outcomes,
  phases,
  shownState,
  waitsForPerson,
  waitsIn,
} from '../../../domain/rollout/phase.ts'
import { isProblem } from '../../../domain/problem.ts'

const refusal = (phase: Phase) => {
  try {
    assertLegal(phase, 'resume')
    return null
  } catch (error) {
    if (!isProblem(error, 'wrong-phase')) throw error
    return error
  }
}

describe('a phase', () => {
  it('refuses requests that are not legal in it, and names those that are', () => {
    expect(refusal('paused')).to.equal(null)
    expect(refusal('promoting')).to.include({ message: 'cannot resume while promoting', hint: 'legal now: abort' })
    expect(refusal('promoting')?.more).to.deep.equal({ phase: 'promoting', legal: ['abort'] })
    expect(refusal('removing-old')?.hint).to.equal('no request is legal now')
  })

  it('is shown as itself while it lasts, and as its outcome once it is over', () => {
    expect(phases.filter((phase) => phase !== 'ended').map((phase) => shownState(phase, 'aborted'))).to.not.include('aborted')
    expect(shownState('gated', null)).to.equal('waiting')
    expect([shownState('ended', 'aborted'), shownState('ended', null)]).to.deep.equal(['aborted', 'succeeded'])
  })

  it('gives what is over its outcome, and aborted where none is known', () => {
    expect([...outcomes, null].map(outcomeOfOver)).to.deep.equal([...outcomes, 'aborted'])
  })

  it('says what it waits for whenever a person must decide', () => {
    expect(waitsForPerson).to.have.members(['gated', 'paused', 'held', 'needs-operator'])
    for (const phase of waitsForPerson) expect(waitsIn[phase], phase).to.match(/^an? (person|operator)/)
    expect([waitsIn.promoting, waitsIn.ended]).to.deep.equal([null, null])
  })
})
