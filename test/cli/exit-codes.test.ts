/** Exit codes, by which scripts decide: the table of docs/cli.md, row by row. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { problemCodes } from '../../domain/problem.ts'
import { exitOfProblem, exitOfState } from '../../cli/exit-codes.ts'

describe('exit codes', () => {
  it('say for every problem who has to act', () => {
    const rows: Record<string, number> = {
      'not-authenticated': 3,
      'not-allowed': 3,
      'not-found': 4,
      'already-in-flight': 4,
      'wrong-phase': 4,
      'precondition-failed': 4,
      'no-earlier-version': 4,
      'invalid-input': 2,
      'malformed-body': 2,
      'version-digest-changed': 2,
      'invalid-config': 2,
      unreachable: 6,
      'no-worker': 6,
      'temporal-unavailable': 6,
      'database-unavailable': 6,
      internal: 1,
    }
    for (const [code, exit] of Object.entries(rows)) expect(exitOfProblem(code), code).to.equal(exit)
    for (const code of problemCodes()) expect(exitOfProblem(code), code).to.be.within(1, 6)
    expect(exitOfProblem('something-new', 409)).to.equal(4)
  })

  it('are 0 or 1 once a release has ended, in every wait mode', () => {
    for (const mode of ['end', 'settled'] as const) {
      expect(exitOfState({ state: 'succeeded', phase: null }, mode, 'start')).to.equal(0)
      for (const state of ['rolled-back', 'aborted', 'superseded', 'rejected'])
        expect(exitOfState({ state, phase: 'ended' }, mode, 'start'), state).to.equal(1)
    }
  })

  it('count a requested end as success', () => {
    expect(exitOfState({ state: 'aborted', phase: null }, 'end', 'abort')).to.equal(0)
    expect(exitOfState({ state: 'succeeded', phase: null }, 'end', 'abort')).to.equal(1)
    expect(exitOfState({ state: 'aborted', phase: null }, 'end', 'accept-as-is')).to.equal(0)
    expect(exitOfState({ state: 'rolled-back', phase: null }, 'end', 'retry-revert')).to.equal(0)
  })

  it('are 0 for a pause once the release is paused, in every wait mode', () => {
    for (const mode of ['end', 'settled'] as const) {
      expect(exitOfState({ state: 'paused', phase: 'paused' }, mode, 'pause')).to.equal(0)
      expect(exitOfState({ state: 'progressing', phase: 'starting' }, mode, 'pause')).to.equal(null)
      expect(exitOfState({ state: 'succeeded', phase: null }, mode, 'pause')).to.equal(0)
      expect(exitOfState({ state: 'rolled-back', phase: null }, mode, 'pause')).to.equal(1)
    }
  })

  it('are 7 when a person is needed: at once with `settled`, and for a failed revert always', () => {
    for (const [state, phase] of [
      ['held', 'held'],
      ['paused', 'paused'],
      ['waiting', 'gated'],
    ] as const) {
      expect(exitOfState({ state, phase }, 'settled', 'start'), state).to.equal(7)
      expect(exitOfState({ state, phase }, 'end', 'start'), state).to.equal(null)
    }
    expect(exitOfState({ state: 'needs-operator', phase: 'needs-operator' }, 'end', 'start')).to.equal(7)
    expect(exitOfState({ state: 'waiting', phase: 'queued' }, 'settled', 'start')).to.equal(null)
    expect(exitOfState({ state: 'watching', phase: 'watching' }, 'settled', 'start')).to.equal(null)
  })
})
