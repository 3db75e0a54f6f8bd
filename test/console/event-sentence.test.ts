import { expect } from 'chai'
import { describe, it } from 'mocha'
import { sentenceOf } from '../../console/event-sentence.ts'

const told = (kind: string, data: Readonly<Record<string, unknown>>) => Object.values(sentenceOf({ kind, data })).join(' | ')

describe('an event in the console', () => {
  it('says where traffic goes, there and back', () => {
    expect(told('weight-shifted', { weight: 10, version: '1.1.0' })).to.equal('1.1.0 gets 10 % of the traffic |  | calm')
    expect(told('weight-shifted', { weight: 0, version: '1.1.0', to: '1.0.0' })).to.equal(
      'All traffic is back at 1.0.0 |  | calm',
    )
    expect(told('weight-shifted', { weight: 0, version: '1.1.0', to: null })).to.contain('No traffic goes to 1.1.0 any more')
  })

  it('says what was asked, by how much and why', () => {
    expect(told('requested', { request: 'extend', byMs: 600_000, reason: 'too few' })).to.equal(
      'Extend by 600 s was asked for | too few | warn',
    )
  })

  it('is good or bad by its verdict and its outcome, and says the reason', () => {
    expect(told('verdict', { verdict: 'fail', detail: 'more errors' })).to.equal('The analysis says fail | more errors | bad')
    expect(told('verdict', { verdict: 'over' })).to.equal('The watch is over |  | calm')
    expect(told('verdict', { verdict: 'inconclusive' })).to.equal('The analysis says inconclusive |  | warn')
    expect(told('release-ended', { outcome: 'succeeded' })).to.equal('Release succeeded |  | good')
    const reason = { code: 'smoke-failed', detail: '/ answered 500' }
    expect(told('rollout-ended', { outcome: 'rolled-back', reason })).to.equal('Rollout rolled back | / answered 500 | bad')
  })

  it('is amber where nothing was shown to be bad, and where somebody wanted it', () => {
    const toneOf = (kind: string, data: Readonly<Record<string, unknown>>) => sentenceOf({ kind, data }).tone
    expect(toneOf('going-back', { code: 'fail', detail: 'worse' })).to.equal('bad')
    expect(toneOf('going-back', { code: 'inconclusive', detail: 'too few' })).to.equal('warn')
    expect(toneOf('release-ended', { outcome: 'rolled-back', reason: { code: 'inconclusive' } })).to.equal('warn')
    expect(toneOf('release-ended', { outcome: 'aborted', reason: { code: 'aborted' } })).to.equal('warn')
  })

  it('that nobody has heard of is told by its name, whatever it holds', () => {
    expect(told('moon-risen', { reason: null, detail: { deep: 1 } })).to.equal('Moon risen |  | calm')
  })
})
