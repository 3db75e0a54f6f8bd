import { expect } from 'chai'
import { counted, noAnswers } from './probe-counts.ts'

const verdicts = (answers: string, failureThreshold?: number, successThreshold?: number): string => {
  const probe = {
    ...(failureThreshold === undefined ? {} : { failureThreshold }),
    ...(successThreshold === undefined ? {} : { successThreshold }),
  }
  let count = noAnswers
  return answers
    .split('')
    .map((answer) => {
      count = counted(count, answer === '+', probe)
      return { unknown: '?', success: '+', failure: '-' }[count.verdict]
    })
    .join('')
}

describe('the thresholds of a probe', () => {
  const rows: readonly (readonly [title: string, answers: string, verdicts: string, failure?: number, success?: number])[] = [
    ['are three failures and one success by default', '--+---+', '??+++-+'],
    ['count only answers in a row', '+--+--+---', '+++++++++-'],
    ['may be one failure', '+-+-', '+-+-', 1],
    ['may be two successes', '+-++', '???+', 3, 2],
    ['keep a failure until enough successes', '-+-++', '-----', 1, 3],
  ]
  for (const [title, answers, expected, failure, success] of rows) {
    it(title, () => {
      expect(verdicts(answers, failure, success)).to.equal(expected)
    })
  }
})
