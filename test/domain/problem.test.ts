import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isProblem, isProblemCode, Problem, problemCodes, problemRow } from '../../domain/problem.ts'

describe('a failure', () => {
  it('carries its code, its remedy, its faults and its cause', () => {
    const [cause, errors, more] = [new Error('below'), [{ pointer: '/a', detail: 'b' }], { legal: ['abort'] }]
    const problem = new Problem('wrong-phase', 'not now', { hint: 'later', errors, more, cause })
    expect(problem).to.include({ name: 'Problem', message: 'not now', code: 'wrong-phase', hint: 'later', errors, more, cause })
  })

  it('has nothing that nobody said, not even a cause', () => {
    const problem = new Problem('internal', 'why')
    expect([problem.hint, problem.errors, problem.more, 'cause' in problem]).to.deep.equal([undefined, [], {}, false])
  })

  it('is known by its code, and by no other', () => {
    const problem = new Problem('not-found', 'no')
    expect([isProblem(problem), isProblem(problem, 'not-found'), isProblem(problem, 'internal')]).to.deep.equal([
      true,
      true,
      false,
    ])
    expect([isProblem(new Error('no')), isProblem({ code: 'not-found' }, 'not-found'), isProblem(null)]).to.deep.equal([
      false,
      false,
      false,
    ])
    expect(['not-found', 'moon', 'toString', 7, null].map(isProblemCode)).to.deep.equal([true, false, false, false, false])
  })

  it('has a status of HTTP that fits, and another try only where one can help', () => {
    const rows = problemCodes().map((code) => ({ code, ...problemRow(code) }))
    expect(rows.length).to.be.greaterThan(40)
    for (const { code, status, title } of rows) {
      expect(status, code).to.be.within(400, 503)
      expect(title, code).to.match(/^[A-Z].+[^.]$/)
    }
    // What an activity, the command line and the browser try again. Everything else is said to a person at once.
    expect(rows.filter(({ retry }) => retry).map(({ code }) => code)).to.deep.equal([
      'rate-limited',
      'too-many-streams',
      'request-in-flight',
      'no-worker',
      'temporal-unavailable',
      'database-unavailable',
      'target-unavailable',
      'metrics-unavailable',
      'stale-epoch',
      'target-not-ready',
      'port-taken',
      'unreachable',
      'internal',
    ])
  })
})
